"""Which intermediate values keep a name: z₁, a₁, p, t, δ₁, and u₁ for what is too long.

Pre-activations are linear combinations that are fed to a scalar nonlinearity or
to a softmax; their activations are seen wherever they stand, written out or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ..ir.functions import lookup
from ..ir.index import Index
from ..ir.program import Equation, Program
from ..ir.variable import Entry, Variable
from .index_notation import Builder
from .tree import Node, letter, rebuilt, same, walk

LONG = 250
"""A formula of more nodes than this is shown with parts named."""
PART = 30
"""The smallest part that then gets a name."""

ACTIVATIONS = (
    "sigmoid",
    "tanh",
    "relu",
    "leaky_relu",
    "elu",
    "softplus",
    "silu",
    "gelu",
    "erf",
    "atan",
    "sin",
    "exp",
)
"""Functions whose argument, if a linear combination of parameters, is called z."""

Tree = tuple[tuple[Index, ...], Node]


def cut(program: Program, keep: Mapping[Variable, Variable] | None = None) -> dict[Variable, Variable]:
    """Names u₁, … for parts of formulas that would be too long in one piece."""
    sizes: dict[Variable, int] = dict.fromkeys(keep or (), 2)
    names: dict[Variable, Variable] = {}
    taken = {variable.name for variable in program.inputs()}
    outputs = set(program.outputs.values())
    total = _sizes(program, sizes)
    if all(total[e.target] <= LONG for e in program.equations if e.target in outputs):
        return names
    uses = Counter(v for e in program.equations for v in e.reads())
    for equation in program.equations:
        target = equation.target
        if target in sizes:
            continue
        size = _inlined(equation, sizes)
        if target not in outputs and (size > LONG // 2 or (uses[target] > 1 and size > PART)):
            names[target] = called(f"u{len(names) + 1}", target, taken)
            size = 2
        sizes[target] = size
    return names


def _sizes(program: Program, known: Mapping[Variable, int]) -> dict[Variable, int]:
    sizes = dict(known)
    for equation in program.equations:
        sizes.setdefault(equation.target, _inlined(equation, sizes))
    return sizes


def _inlined(equation: Equation, sizes: Mapping[Variable, int]) -> int:
    """About how many nodes a right-hand side has with all definitions put in."""

    def count(node: object) -> int:
        if isinstance(node, Entry):
            return sizes.get(node.variable, 2 + len(node.indices))
        return 1 + sum(count(arg) for arg in node.args)  # type: ignore[attr-defined]

    return count(equation.body)


def called(name: str, variable: Variable, taken: set[str]) -> Variable:
    """The variable under a short name, with primes where a declared name is the same."""
    while name in taken:
        name += "_"
    taken.add(name)
    return Variable(name, variable.shape, "temp", variable.dtype)


# -- a formula by itself --------------------------------------------------------------


def residual(tree: Tree) -> Tree:
    """σ(…) or softmax(…) as p, in a derivative by weights that holds its difference p − y from a datum."""
    axes, node = tree
    if not axes or not any(
        part.kind == "reduce" and any(i.is_sample for i in part.data[1]) for part in walk(node)
    ):
        return tree
    predictions = [
        found for part in walk(node) if part.kind == "add" and (found := _prediction(part)) is not None
    ]
    if not predictions or any(part.kind == "item" and part.data.name in ("p", "t") for part in walk(node)):
        return tree
    return axes, one_hot(_with_p(node, predictions[0]), "t")


def _prediction(node: Node) -> Node | None:
    if len(node.args) != 2:
        return None
    for one, two in (node.args, node.args[::-1]):
        inside = two.args[0] if two.kind == "mul" and two.data == -1 and len(two.args) == 1 else two
        truth = inside.kind == "match" or (inside.kind == "item" and inside.data.role == "data")
        if truth and (one.kind == "along" or (one.kind == "call" and one.data == "sigmoid")):
            return one
    return None


def _with_p(node: Node, found: Node) -> Node:
    if node.kind == found.kind:
        places = _match(found, node)
        if places is not None:
            shape = tuple(index.extent for index in places)
            return Node("item", Variable("p", shape), tuple(map(letter, places)))
    return rebuilt(node, tuple(_with_p(arg, found) for arg in node.args))


def _match(found: Node, node: Node) -> list[Index] | None:
    """The free indices of ``node``, samples first, if it is ``found`` over other indices."""
    one, two = _free(found), _free(node)
    if len(one) != len(two) or any(a.extent != b.extent for a, b in zip(one, two, strict=True)):
        return None
    pairs = dict(zip(one, two, strict=True))
    return sorted(two, key=lambda index: not index.is_sample) if same(found, node, pairs) else None


def _free(node: Node, bound: frozenset[Index] = frozenset()) -> list[Index]:
    """The free indices in the order in which they are met."""
    if node.kind == "letter":
        return [] if node.data in bound else [node.data]
    inner = bound | set(node.data[1]) if node.kind == "reduce" else bound
    return list(dict.fromkeys(index for arg in node.args for index in _free(arg, inner)))


# -- backpropagation --------------------------------------------------------------------


@dataclass
class Layer:
    """One pre-activation: the variable, its function's name and what it is shown as."""

    z: Variable
    function: str
    hidden: bool
    number: int
    shown: dict[str, Variable] = field(default_factory=dict)


def layers(program: Program) -> list[Layer]:
    """The pre-activations of a program, from the input to the loss."""
    linear: set[Variable] = set()
    fed: dict[Variable, str] = {}
    for equation in program.equations:
        body = equation.body
        if equation.kind == "sum" and not any(lookup(node) for node in _nodes(body)):
            parameters = any(v.role == "param" or v in linear for v in equation.reads())
            if parameters and _is_linear(body):
                linear.add(equation.target)
        for node in _nodes(body):
            record = lookup(node)
            if record is not None and record.name in ACTIVATIONS and record.name != "exp":
                argument = node.args[0]
                argument = -argument if (-argument).func is Entry else argument
                if isinstance(argument, Entry) and argument.variable in linear:
                    fed[argument.variable] = record.name
        if equation.kind == "logsumexp" and isinstance(body, Entry) and body.variable in linear:
            fed[body.variable] = "softmax"
    ordered = [e.target for e in program.equations if e.target in fed]
    return [Layer(z, fed[z], _feeds(program, z), k + 1) for k, z in enumerate(ordered)]


def _feeds(program: Program, z: Variable) -> bool:
    """Whether anything computed from z meets a parameter again."""
    after = {z}
    for equation in program.equations:
        reads = equation.reads()
        if any(v in after for v in reads):
            if any(v.role == "param" for v in reads):
                return True
            if equation.target.per_sample == z.per_sample:  # a penalty beside the mean is no layer
                after.add(equation.target)
    return False


def _nodes(expr):
    yield expr
    if not isinstance(expr, Entry):
        for arg in expr.args:
            yield from _nodes(arg)


def _is_linear(body) -> bool:
    """A sum of products without powers: what a layer computes before its nonlinearity."""
    return not any(node.is_Pow and node.has(Entry) for node in _nodes(body) if hasattr(node, "is_Pow"))


def called_layers(program: Program) -> tuple[list[Layer], set[str]]:
    """The layers of a gradient's program, with the names z₁, a₁, …, p; and all names taken."""
    found = layers(program.with_outputs({"loss": program.outputs["loss"]}).live())
    taken = {variable.name for variable in program.inputs()}
    for layer in found:
        output = not layer.hidden and layer.function in ("sigmoid", "softplus", "softmax")
        layer.shown["z"] = called(f"z{layer.number}", layer.z, taken)
        layer.shown["a"] = called("p" if output else f"a{layer.number}", layer.z, taken)
    return found, taken


def backpropagation(
    program: Program, spelled: Collection[Variable] = ()
) -> list[tuple[Variable | str, Variable, Tree]]:
    """The lines of a gradient: a name (δ₂, u₁) or a parameter's, the variable that holds it, its tree.

    ``spelled``: pre-activations that are put in as they were written, not named.
    """
    outputs = {k.partition(":")[2]: v for k, v in program.outputs.items() if k.startswith("gradient:")}
    found, taken = called_layers(program)
    found = [layer for layer in found if layer.z not in spelled]
    program = program.with_outputs(outputs).live()
    keep = {layer.z: layer.shown["z"] for layer in found}
    numbers = {layer.z: layer.number for layer in found}
    deltas: dict[Variable, Variable] = {}
    if any(layer.hidden for layer in found):
        for target, variable in program.adjoints.items():
            if variable in numbers and target not in outputs.values():
                deltas[target] = called(f"delta{numbers[variable]}", target, taken)
    defined = program.definitions()
    deltas = {target: shown for target, shown in deltas.items() if target in defined}
    keep |= deltas
    long = cut(program, keep)
    builder = Builder(program, {**keep, **long})
    truth = called("t", Variable("t"), taken)
    lines: list[tuple[Variable | str, Variable]] = [(shown, v) for v, shown in {**long, **deltas}.items()]
    lines += list(outputs.items())
    built = {v: builder.tree(v) for _, v in lines}
    label = truth_label([node for _, node in built.values()])
    trees = {v: renamed(tree, found, truth if label else None, label) for v, tree in built.items()}
    return [
        (head, variable, trees[variable]) for head, variable in _in_order(lines, trees, {**long, **deltas})
    ]


def undefined(program: Program, lines: Iterable[tuple[Variable | str, Variable, Tree]]) -> set[Variable]:
    """Pre-activations of no network that the lines name without saying what they are.

    A reader of a network knows z, a and p; and p is known wherever p − y stands.
    """
    parts = [part for _, _, tree in lines for part in walk(tree[1])]
    items = {part.data for part in parts if part.kind == "item"}
    differences = [{arg.data for arg in _signed(part)} for part in parts if part.kind == "add"]
    found = set()
    for layer in called_layers(program)[0]:
        z, a = layer.shown["z"], layer.shown["a"]
        known = any(a in two for two in differences) and a.name.rstrip("_") == "p"
        if not layer.hidden and (z in items or (a in items and not known)):
            found.add(layer.z)
    return found


def _signed(node: Node) -> list[Node]:
    """The two things whose difference a node is: a value and a datum, or a class."""
    parts = [arg.args[0] if arg.kind == "mul" and len(arg.args) == 1 else arg for arg in node.args]
    items = [part for part in parts if part.kind == "item"]
    return items if len(parts) == 2 and any(part.data.role == "data" for part in items) else []


def renamed(tree: Tree, found: list[Layer], truth: Variable | None, label: Variable | None = None) -> Tree:
    """Functions of pre-activations as activations, a class label as the one-hot vector ``truth``."""
    names = {layer.shown["z"]: layer for layer in found}

    def change(node: Node) -> Node:
        node = rebuilt(node, tuple(change(arg) for arg in node.args))
        inside = node.args[0] if node.kind in ("call", "along") and node.args else None
        if inside is not None and inside.kind == "item" and inside.data in names:
            layer = names[inside.data]
            function = node.data[0] if node.kind == "along" else node.data
            if function == layer.function or (function == "sigmoid" and layer.function == "softplus"):
                return Node("item", layer.shown["a"], inside.args)
        return node

    changed = change(tree[1])
    return tree[0], changed if truth is None else one_hot(changed, truth.name, label)


def one_hot(node: Node, name: str, label: Variable | None = None) -> Node:
    """The tree with a class label shown as a one-hot vector of that name: [j = labelᵢ] is tᵢⱼ.

    One name stands for one label; others are written out, as onehot(label).
    """
    label = label or truth_label([node])
    return node if label is None else _one_hot(node, name, label)


def truth_label(nodes: Iterable[Node]) -> Variable | None:
    """The class label that stands as a one-hot vector in trees; of several, the one in p − t."""
    parts = [part for node in nodes for part in walk(node)]
    found = _labels(parts)
    if len(found) > 1:
        minus = [arg for part in parts if part.kind == "add" for arg in part.args if arg.kind == "mul"]
        found = _labels(arg.args[0] for arg in minus if len(arg.args) == 1)
    return found.pop() if len(found) == 1 else None


def _labels(nodes: Iterable[Node]) -> set[Variable]:
    matches = [node for node in nodes if node.kind == "match"]
    return {node.args[1 - k].data for node in matches for k in (0, 1) if _is_class(node, k)}


def _is_class(node: Node, axis: int) -> bool:
    label = node.args[1 - axis]
    return node.args[axis].kind == "letter" and label.kind == "item" and label.data.facts.classes is not None


def _one_hot(node: Node, name: str, of: Variable) -> Node:
    if node.kind == "match":
        for k in (0, 1):
            if not _is_class(node, k) or node.args[1 - k].data != of:
                continue
            axis, label = node.args[k], node.args[1 - k]
            shape = (*label.data.shape, axis.data.extent)
            return Node("item", Variable(name, shape, "data", "int"), (*label.args, axis))
    return rebuilt(node, tuple(_one_hot(arg, name, of) for arg in node.args))


def _in_order(
    lines: list[tuple[Variable | str, Variable]],
    trees: Mapping[Variable, Tree],
    names: Mapping[Variable, Variable],
) -> list[tuple[Variable | str, Variable]]:
    """Definitions before their use; each gradient as soon as all that it reads is there."""
    reads = {
        v: {part.data for part in walk(trees[v][1]) if part.kind == "item"} & set(names.values())
        for _, v in lines
    }
    heads = [line for line in lines if isinstance(line[0], Variable)]
    rest = [line for line in lines if not isinstance(line[0], Variable)]
    ordered: list[tuple[Variable | str, Variable]] = []
    there: set[Variable] = set()

    def ready() -> None:
        for line in list(rest):
            if reads[line[1]] <= there:
                ordered.append(line)
                rest.remove(line)

    ready()
    while heads:
        ready_now = [line for line in heads if reads[line[1]] <= there] or heads[:1]
        line = ready_now[0]
        heads.remove(line)
        ordered.append(line)
        there.add(line[0])  # type: ignore[arg-type]
        ready()
    return [*ordered, *rest]
