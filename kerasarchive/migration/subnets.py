"""The subnet of an inference network as a graph, so that a step can put layers of Keras's behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kerasarchive.migration.grafting import Graft
from kerasarchive.model.objects import Node, Object, Ref, State

TIME_MLP = "bayesflow.networks>TimeMLP"


@dataclass(frozen=True, slots=True)
class SubnetGraph:
    """A graph in the making: its inputs (x, t and conditions), and what comes of the subnet."""

    graft: Graft
    inputs: list[Ref]
    out: Ref

    @classmethod
    def of(cls, network: Object) -> SubnetGraph | None:
        """Of a network whose subnet is a TimeMLP or a graph that a step made; None if that cannot be."""
        subnet = network.get("subnet")
        if not isinstance(subnet, Object):
            return None
        if subnet.class_name == "Functional" and subnet.origin is None:
            graft = Graft(subnet.own_name or "subnet", layers=list(subnet.config["layers"]))
            inputs = subnet.config["input_layers"]
            return cls(graft, list(inputs), subnet.config["output_layers"]) if isinstance(inputs, list) else None
        shapes = (network.extra.get("build_config") or {}).get("shapes_dict") or {}
        targets, conditions = shapes.get("xz_shape"), shapes.get("conditions_shape")
        if subnet.key != TIME_MLP or not isinstance(targets, list) or not isinstance(conditions, list):
            return None
        if len(targets) != 2 or len(conditions) != 2:
            return None
        name = subnet.own_name or "time_mlp"
        graft = Graft(f"{name}_and_more")
        inputs = [
            graft.input("x", (None, targets[-1])),
            graft.input("t", (None, 1)),
            graft.input("conditions", (None, conditions[-1])),
        ]
        graft.layers.append(replace(subnet, name=name, nodes=(Node((inputs,)),)))
        return cls(graft, inputs, Ref(name, 0, 0, (None, subnet.config["widths"][-1]), "float32"))

    def put(self, network: Object, out: Ref, **config: object) -> Object:
        """The network with this graph up to `out`, which takes its projection in."""
        state = network.states.get("", State())
        left = {name: child for name, child in state.children.items() if name not in PROJECTORS}
        return replace(
            network,
            config={**network.config, "subnet": self.graft.model(self.inputs, out), **config},
            states={**network.states, "": replace(state, children=left)},
            hung={**network.hung, ("subnet",): "subnet"},
        )


PROJECTORS = ("output_projector", "subnet_projector")


def projector(network: Object) -> State | None:
    """The state of the projection behind the subnet; None where there is none, or it is nothing."""
    state = network.states.get("", State())
    found = next((state.children[name] for name in PROJECTORS if name in state.children), None)
    return found if found is not None and found.variables else None
