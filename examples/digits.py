"""Handwritten digits: a small network that reads 8x8 images (see DATA.md).

symgrad train examples/digits.py        or        python examples/digits.py
"""

from pathlib import Path

import symgrad as sg

image = sg.data("image", 64)  # grey values 0 to 16, row by row
label = sg.data("label", classes=10)

net = sg.mlp(image / 16, [128, 10], activation=sg.relu)
loss = sg.cross_entropy(label, sg.softmax(net))

data = Path(__file__).parent / "digits.npz"  # holds arrays called image and label
optimizer = sg.Adam(learning_rate=0.003)
epochs = 30
batch_size = 32
validation_split = 0.2
metrics = ["accuracy"]


def report(run):
    """How well unseen digits are read."""
    print(f"{sg.count_parameters(net):,} parameters; validation accuracy {run.history.val_accuracy[-1]:.1%}")


if __name__ == "__main__":
    report(
        sg.fit(
            loss, data, optimizer=optimizer, epochs=epochs, batch_size=batch_size,
            validation_split=validation_split, metrics=metrics,
        )
    )  # fmt: skip
