"""The command line: `derive` shows a gradient, `check` marks one worked by hand, `train` runs a model."""

from __future__ import annotations

import argparse
import dataclasses
import os
import re
import sys
import traceback
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from ._version import __version__
from .answers.classwork import Exercise, derived, is_json, mark_all, read_rows, written
from .calculus.explain import derivation
from .calculus.gradient import Gradient, grad
from .display.terminal import printable
from .errors import DataError, NotationError, ParseError, SymgradError, TrainingError
from .library.optimizers import SGD
from .library.typed import AVERAGES, FUNCTIONS, declared
from .notation.formula import label
from .notation.parse import free_names, parse
from .notation.record import as_tensor
from .notation.symbols import check_name, hyper, split_names
from .notation.tensor import Tensor
from .training.model_file import load_model, train_model

STATUSES = {"correct": 0, "wrong": 1, "undecided": 3, "malformed": 4}
"""The exit status of `symgrad check` by verdict; 2 is for wrong usage."""

_HELP = """\
Write the formula, read its gradient, train or check with it.

  symgrad derive 'mean((y - (m*x + b))**2)' --wrt m,b    the gradient of a loss
  symgrad check 'm**3' --wrt m --answer '3m^2'           mark a derivative worked by hand
  symgrad train model.py data.csv                        train a model of your own
"""

_DERIVE = """\
Print a loss and its gradient, one line for each parameter.

FORMULA is written as on paper or in Python: 5m + 3b, m*x, x^2 or x**2, 1/2, sqrt(x), |x|, exp(-x).
mean(...) and total(...) run over the samples.  Where a name's role is not said by an option, a line
on standard error says what it was read as.  Products need no sign between declared names: with
--wrt m --data x, mx is m times x.  Quote the formula for the shell; if it begins with a minus,
put -- before it: symgrad derive --wrt m -- '-m**2'.

Which name is what:
  --wrt    a parameter: the gradient is by it
  --on     data, a value for each sample, with these values
  --data   data without values
  else     data if it stands inside mean, total or a loss, and neither --on nor --data was
           given; otherwise a hyperparameter: a number that the formulas keep as a letter
"""

_DERIVE_EXAMPLES = """\
examples:
  The gradient of a line's squared error:
    symgrad derive 'mean((y - (m*x + b))**2)' --wrt m,b

  With two points put in, and the value at m = -1, b = 5, all exact:
    symgrad derive 'mean((y - (m*x + b))**2)' --wrt m,b --on x=1,2 --on y=3,5 --at m=-1,b=5

  Logistic regression with a penalty, for a paper:
    symgrad derive 'binary_cross_entropy(t, sigmoid(w x + b)) + λ w^2' --wrt w,b --data x,t --latex
"""

_CHECK = """\
Say whether a derivative worked by hand is right.

FORMULA is the loss, written as for `symgrad derive`.  The answer may be plain text, Unicode or
LaTeX: 5m + 3b - 13, x²/2, \\frac{2}{n}\\sum_{i=1}^n x_i(mx_i + b - y_i), 2/n X'(Xw - y).  It may name
its left side (dL/dm = …) or be a whole update (m := m - λ(…)).  A right answer is proved; a wrong one
is refuted by values for which the two differ, and the mistake is named if it is a known one.

Which name is what:
  --wrt      the parameter that the answer is the derivative by
  --params   further parameters
  --on       data, a value for each sample, with these values
  --data     data without values
  else       data if it stands inside mean, total or a loss, and neither --on nor --data was
             given; otherwise a number that the formulas keep as a letter

Exit status: 0 right, 1 wrong, 3 undecided, 4 an answer that cannot be read, 2 wrong usage.
With --file: 0 when every line got a verdict, whatever it is.
"""

_CHECK_EXAMPLES = """\
examples:
  With two points put in:
    symgrad check 'mean((y - (m*x + b))^2)' --wrt m --params b --on x=1,2 --on y=3,5 --answer '5m + 3b - 13'

  For any data, in LaTeX:
    symgrad check 'mse(y, m x + b)' --wrt m --params b --answer '\\frac{2}{n}\\sum_i x_i(mx_i + b - y_i)'

  A value, rounded to the digits typed:
    symgrad check 'exp(m)' --wrt m --at m=1 --answer 2.72

  Every line of the right derivation as well:
    symgrad check 'm^2 sin(m)' --wrt m --answer '2m sin(m) + m^2 cos(m)' --derivation

  A class's answers: columns id and answer (loss and wrt where lines differ), CSV or JSON lines;
  verdicts come out the same way:
    symgrad check 'm^2 sin(m)' --wrt m --file answers.csv
"""

_TRAIN = """\
Train the model that a Python file declares, and print its loss, its gradient and the result.

MODEL.py declares a loss, and may give data and any argument of symgrad.fit under its own name:

    import symgrad as sg
    x, y = sg.data("x y")
    m, b = sg.params("m b")
    loss = sg.mse(y, m*x + b)
    data = "points.csv"                  # columns x and y
    optimizer = sg.SGD(learning_rate=0.1)
    epochs = 200

The file is run as any Python program is: train only files that you trust.
Progress goes to standard error, results to standard output.
"""

_TRAIN_EXAMPLES = """\
examples:
  Train as the file says:
    symgrad train model.py

  On other data, longer, in mini-batches of 32:
    symgrad train model.py data.csv --epochs 500 --batch-size 32

  Another learning rate and seed, without progress:
    symgrad train model.py --learning-rate 0.05 --seed 1 --quiet
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 for an error, 2 for wrong usage (by SystemExit).

    >>> main(["derive", "m**2 + 3m", "--wrt", "m", "--at", "m=2"])
    L = m² + 3m
    ∂L/∂m = 2m + 3
    <BLANKLINE>
    at m = 2:
    L = 10
    ∂L/∂m = 7
    0
    """
    args = _parser().parse_args(argv)
    try:
        status = args.run(args)
        sys.stdout.flush()
        return status
    except SymgradError as error:
        print(f"symgrad: {_where(error, args)}{error}", file=sys.stderr)
    except BrokenPipeError:
        # The reader went away (`| head`): nothing more to say, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("symgrad: interrupted", file=sys.stderr)
        return 130
    return 1


def _where(error: SymgradError, args: argparse.Namespace) -> str:
    """The line of the user's own model file that an error came from."""
    model = getattr(args, "model", None)
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if model and f.filename == model]
    return f"{model}, line {lines[-1]}: " if lines else ""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # To argparse a formula that begins with a minus is an option.
        if re.search(r"FORMULA|arguments: -[^-]", message):
            message += "; a formula that begins with a minus goes last, after --, such as -- '-m**2'"
        super().error(message)


def _parser() -> argparse.ArgumentParser:
    whole: dict[str, Any] = {"formatter_class": argparse.RawDescriptionHelpFormatter}
    parser = _Parser("symgrad", description=_HELP, **whole)
    parser.add_argument("--version", action="version", version=f"symgrad {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    derive = commands.add_parser(
        "derive", help="print a loss and its gradient", description=_DERIVE, epilog=_DERIVE_EXAMPLES, **whole
    )
    derive.add_argument("formula", metavar="FORMULA", help="the loss")
    derive.add_argument("--wrt", metavar="NAMES", required=True, help="the parameters, such as m,b")
    derive.add_argument(
        "--on",
        metavar="NAME=VALUES",
        action="append",
        default=[],
        help="data, such as x=1,2 (once for each name)",
    )
    derive.add_argument("--data", metavar="NAMES", default="", help="names that are data, such as x,y")
    derive.add_argument(
        "--at", metavar="NAME=VALUE,...", action="append", default=[], help="values, such as m=-1,b=1/2"
    )
    derive.add_argument("--latex", action="store_true", help="print LaTeX")
    derive.set_defaults(run=_derive)

    check = commands.add_parser(
        "check", help="mark a derivative worked by hand", description=_CHECK, epilog=_CHECK_EXAMPLES, **whole
    )
    check.add_argument("formula", metavar="FORMULA", nargs="?", default="", help="the loss")
    check.add_argument("--wrt", metavar="NAME", default="", help="the parameter that the derivative is by")
    what = check.add_mutually_exclusive_group(required=True)
    what.add_argument("--answer", metavar="TEXT", help="the answer")
    what.add_argument("--file", metavar="PATH", help="a file of answers: .csv, or JSON lines in .jsonl")
    check.add_argument("--params", metavar="NAMES", default="", help="further parameters, such as b,c")
    check.add_argument("--on", metavar="NAME=VALUES", action="append", default=[], help="data, such as x=1,2")
    check.add_argument("--data", metavar="NAMES", default="", help="names that are data, such as x,y")
    check.add_argument(
        "--at", metavar="NAME=VALUE,...", action="append", default=[], help="values, such as m=-1,b=1/2"
    )
    check.add_argument(
        "--alias",
        metavar="NAME=FORMULA",
        action="append",
        default=[],
        help="a further name that answers may use, such as p=mx+b",
    )
    check.add_argument("--following", metavar="TEXT", help="an earlier answer, for marks that follow through")
    check.add_argument("--derivation", action="store_true", help="print the right derivation, line by line")
    check.add_argument("--seconds", type=float, default=2.0, metavar="S", help="time for each verdict (2)")
    check.add_argument("--jobs", type=int, metavar="N", help="processes for --file (one a processor)")
    check.set_defaults(run=_check)

    train = commands.add_parser(
        "train", help="train the model of a Python file", description=_TRAIN, epilog=_TRAIN_EXAMPLES, **whole
    )
    train.add_argument("model", metavar="MODEL.py", help="the file that declares the loss")
    train.add_argument(
        "data", metavar="DATA", nargs="?", help="a CSV or NPZ file, in place of the model's own data"
    )
    train.add_argument("--epochs", type=int, metavar="N", help="passes over the data")
    train.add_argument(
        "--batch-size",
        type=_batch_size,
        metavar="N",
        help="samples a step; 'all' for every sample in each step",
    )
    train.add_argument("--learning-rate", type=float, metavar="RATE", help="the optimizer's learning rate")
    train.add_argument("--seed", type=int, metavar="N", help="draws starting values and the order of samples")
    train.add_argument("--quiet", action="store_true", help="no progress")
    train.set_defaults(run=_train)
    return parser


# -- derive -------------------------------------------------------------------------


def _derive(args: argparse.Namespace) -> int:
    wrt = split_names(args.wrt)
    points = _points(args.on)
    values = _values(args.at)
    given = [*points, *(split_names(args.data) if args.data else [])]
    names = declared(args.formula, wrt, given, hyper)
    loss = parse(args.formula, names, functions={**FUNCTIONS, "sum": _sum})
    _check_options(names, points, values)
    gradient = grad(loss)
    # All is worked out before anything is printed: an error leaves no half of an answer.
    shown = [("", gradient)]
    if points:
        gradient = gradient.on(points)
        shown.append((f"with {_given(points)}:", gradient))
    if values:
        gradient = gradient.at(values)
        shown.append((f"at {', '.join(f'{name} = {value}' for name, value in values.items())}:", gradient))
    if set(wrt) | set(given) != {tensor.name for tensor in names}:
        print(f"symgrad: {_roles(args.formula, names, given)}", file=sys.stderr)
    for heading, part in shown:
        if heading:
            print(f"\n{'% ' if args.latex else ''}{heading}")
        _show(part, wrt, args.latex)
    return 0


def _given(points: Mapping[str, Iterable[Any]]) -> str:
    return " and ".join(f"{name} = {', '.join(map(str, column))}" for name, column in points.items())


def _sum(x: Any, axis: Any = None) -> Tensor:
    """The sum over own axes, of which the names of a command line have none."""
    tensor = as_tensor(x)
    if not tensor.ndim:
        raise NotationError(
            f"sum({label(tensor)}) adds up one number: for the sum over samples write total(...), "
            "for their mean mean(...)"
        )
    return tensor.sum(axis)


def _check_options(names: Iterable[Tensor], points: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Raise DataError for data given by --at, and for data without values where others have some."""
    for tensor in names:
        if tensor.role != "data":
            continue
        if tensor.name in values:
            raise DataError(f"--at {tensor.name}=...: {tensor.name!r} is data; write --on {tensor.name}=...")
        if points and tensor.name not in points:
            raise DataError(f"no data for {tensor.name}; give all at once, with --on {tensor.name}=... too")


def _roles(formula: str, names: Sequence[Tensor], given: Sequence[str]) -> str:
    """What each name was read as, and how to say otherwise."""
    words = {"data": "data", "hyper": "numbers kept as letters", "param": "parameters"}
    lists = {role: ", ".join(t.name for t in names if t.role == role) for role in words}
    read = "read " + "; ".join(f"as {word}: {lists[role]}" for role, word in words.items() if lists[role])
    inside = free_names(formula, [t.name for t in names], functions=FUNCTIONS)
    bare = [t.name for t in names if t.role == "hyper" and inside[t.name] & AVERAGES]
    if bare:
        read += f"; no data for {', '.join(bare)}, inside a mean, total or loss: give --on {bare[0]}=..."
    return f"{read} (--wrt names parameters, {'--on or --data' if given else '--data'} data)"


def _show(gradient: Gradient, wrt: Iterable[str], latex: bool) -> None:
    if latex:
        print(f"L = {_latex(gradient.loss)}")
        for name in wrt:
            print(
                rf"\frac{{\partial L}}{{\partial {_latex(_key(gradient, name))}}} = {_latex(gradient[name])}"
            )
        return
    print(printable(f"L = {gradient.loss!r}", f"L = {gradient.loss}"))
    for name in wrt:
        part = gradient[name]
        print(printable(f"∂L/∂{_key(gradient, name)!r} = {part!r}", f"dL/d{name} = {part}"))


def _key(gradient: Gradient, name: str) -> Tensor:
    return next(tensor for tensor in gradient if tensor.name == name)


def _latex(tensor: Tensor) -> str:
    return tensor._repr_latex_().strip("$").removeprefix(r"\displaystyle").strip()


def _points(options: Iterable[str]) -> dict[str, list[Any]]:
    """``x=1,2`` and ``y=3,5`` as exact numbers by name."""
    points: dict[str, list[Any]] = {}
    for option in options:
        name, sign, numbers = option.partition("=")
        if not sign or "=" in numbers:
            raise ParseError(
                f"--on {option}: expected a name and its values, such as --on x=1,2 (once for each name)"
            )
        name = check_name(name.strip())
        if name in points:
            raise DataError(f"--on gives {name!r} twice; write all its values in one: --on {name}=1,2")
        points[name] = [_number(f"--on {option}", text) for text in numbers.split(",")]
    return points


def _values(options: Iterable[str]) -> dict[str, Any]:
    """``m=-1,b=5`` as exact numbers by name."""
    values: dict[str, Any] = {}
    for option in options:
        for one in option.split(","):
            name, sign, text = one.partition("=")
            if not sign:
                raise ParseError(f"--at {option}: expected names and their values, such as --at m=-1,b=5")
            values[check_name(name.strip())] = _number(f"--at {option}", text)
    return values


def _number(option: str, text: str) -> Any:
    try:
        return parse(text).number()
    except ParseError as error:
        raise ParseError(f"{option}: {text!r} is not a number: {error}") from None


# -- check ---------------------------------------------------------------------------


def _check(args: argparse.Namespace) -> int:
    try:
        exercise = Exercise(
            args.formula, args.wrt, args.params, args.data,
            _frozen(_points(args.on)), _frozen(_values(args.at)),
            tuple(_alias(option) for option in args.alias), args.seconds,
        )  # fmt: skip
        if args.file:
            return _check_file(args, exercise)
        if not (args.formula and args.wrt):
            raise ParseError("--answer needs the loss and --wrt; see symgrad check --help")
        verdict = exercise.check(args.answer, args.following)
    except SymgradError as error:
        print(f"symgrad: {error}", file=sys.stderr)
        return 2
    print(_text(str(verdict)))
    if args.derivation:
        asked = derived(exercise)
        steps = derivation(asked.loss, asked.wrt)
        print(f"\n{printable(repr(steps), str(steps))}")
        if exercise.on:
            put_in = asked.gradient.on(dict(exercise.on))[asked.wrt]
            print(f"\nwith {_given(dict(exercise.on))}:")
            print(printable(f"∂L/∂{asked.wrt!r} = {put_in!r}", f"dL/d{asked.wrt} = {put_in}"))
    return STATUSES[verdict.status]


def _check_file(args: argparse.Namespace, exercise: Exercise) -> int:
    rows = read_rows(args.file)
    if args.formula and args.wrt:
        derived(exercise)  # what is wrong with the question is said before anything is marked
    for line in written(mark_all(rows, exercise, args.jobs), is_json(args.file)):
        sys.stdout.write(_text(line))
        sys.stdout.flush()
    return 0


def _frozen(values: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, tuple(v) if isinstance(v, list) else v) for name, v in values.items())


def _alias(option: str) -> tuple[str, str]:
    name, sign, formula = option.partition("=")
    if not sign:
        raise ParseError(f"--alias {option}: expected a name and its formula, such as --alias p=mx+b")
    return name.strip(), formula


def _text(text: str) -> str:
    """Text as standard output can encode it."""
    return printable(text, text.replace("−", "-").encode("ascii", "replace").decode())


# -- train ---------------------------------------------------------------------------


def _train(args: argparse.Namespace) -> int:
    model = load_model(args.model)
    given = {"epochs": args.epochs, "batch_size": args.batch_size, "seed": args.seed}
    options = {name: value for name, value in given.items() if value is not None}
    if args.batch_size == "all":
        options["batch_size"] = None
    if args.learning_rate is not None:
        optimizer = model.options.get("optimizer", SGD())
        if not hasattr(optimizer, "learning_rate"):
            raise TrainingError(
                f"--learning-rate: the optimizer {optimizer!r} of {args.model} has no learning rate"
            )
        options["optimizer"] = dataclasses.replace(optimizer, learning_rate=args.learning_rate)
    if args.quiet:
        options["verbose"] = 0
    with warnings.catch_warnings():
        # The status says that a run diverged.
        warnings.simplefilter("ignore", RuntimeWarning)
        run = train_model(model, args.data, **options)
    return 0 if run.status.name != "diverged" else 1


def _batch_size(text: str) -> int | str:
    if text != "all" and not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number of samples, or all, got {text!r}")
    return text if text == "all" else int(text)
