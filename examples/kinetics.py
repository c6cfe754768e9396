"""Enzyme kinetics: a nonlinear model and loss of one's own, with bounds.

Michaelis and Menten (1913): at substrate concentration S an enzyme works at the
rate v = Vmax S/(Km + S).  The data are Treloar's (1974), of an enzyme treated
with puromycin, as printed in Bates and Watts, "Nonlinear Regression Analysis
and Its Applications" (1988), appendix A1.3.

    symgrad train examples/kinetics.py        or        python examples/kinetics.py
"""

import symgrad as sg

S, v = sg.data("S", unit="ppm"), sg.data("v", unit="counts/min²")
Vmax = sg.param("Vmax", value=200, min=0, unit="counts/min²")
Km = sg.param("Km", value=0.1, min=0.001, unit="ppm")

rate = Vmax * S / (Km + S)
loss = sg.mean((v - rate) ** 2)

data = {
    "S": [0.02, 0.02, 0.06, 0.06, 0.11, 0.11, 0.22, 0.22, 0.56, 0.56, 1.10, 1.10],
    "v": [76, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200],
}
# The two parameters live on different scales, so each one's step is scaled by its own gradients.
optimizer = sg.Adam(learning_rate=sg.schedules.cosine(0.5, steps=5_000))
epochs = 5_000


def report(run):
    """The fit beside the published one (Bates and Watts 1988)."""
    print(f"Vmax = {run.params[Vmax]:.1f} (published 212.7), Km = {run.params[Km]:.4f} (published 0.0641)")
    print(f"rate at S = 0.3 ppm: {run.predict(S=[0.3])[0]:.1f} counts/min²")


if __name__ == "__main__":
    report(sg.fit(loss, data, optimizer=optimizer, epochs=epochs))
