"""Seeded random selections of assets and steps, each with real Dagster's answer."""

import random
from collections.abc import Callable
from typing import Any

import dagster as dg
from dagster._core.definitions.antlr_asset_selection.antlr_asset_selection import AntlrAssetSelectionParser
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph
from dagster._core.selector.subset_selector import parse_step_selection

Answer = Callable[[], Any]
NAMES = ["a", "b", "c", "raw", "raw_orders", "orders2", "x1", "sensor", "Zed"]
VALUES = ["a", "b", "raw", '"raw/a"', '"*"', "raw*", "*a", '"r*s"', "<null>", '""', "gold", "job", "group", "1a", "x/y", "a*b"]
ATTRIBUTES = ["key", "tag", "owner", "group", "kind", "is", "partitions"]


def random_nodes(rng: random.Random) -> list[dict]:
    keys = []
    while len(keys) < rng.randint(1, 25):
        key = [rng.choice(NAMES) for _ in range(rng.choice([1, 1, 2]))]
        if key not in keys:
            keys.append(key)
    return [
        {"key": key, "parents": rng.sample(keys[:i], min(i, rng.choice([0, 1, 1, 2]))), "external": rng.random() < 0.15,
         "group": rng.choice(["raw", "gold", "raw/late", "a"]), "owners": rng.choice([[], ["ann@example.com"], ["team:a"]]),
         "tags": rng.choice([{}, {"a": "b"}, {"gold": ""}, {"dagster/kind/raw": "", "a": "raw"}])}
        for i, key in enumerate(keys)
    ]  # fmt: skip


def random_expression(rng: random.Random, nodes: list[dict], depth: int = 0) -> str:
    kind = rng.random()
    if depth < 3 and kind < 0.45:
        left, right = random_expression(rng, nodes, depth + 1), random_expression(rng, nodes, depth + 1)
        form = rng.choice(["{} and {}", "{} or {}", "not {}", "({})", "sinks({})", "roots({})", "{} AND {}", "+({})+", "2+({})",
                           "({})+1", "NOT {}", "{}OR {}"])  # fmt: skip
        return form.format(left, right)
    if kind < 0.5:
        return "*"
    if kind < 0.6:
        return "".join(rng.choice(["key:a", " and ", " or ", "(", ")", "+", "1", "*", "not ", "tag:a=b", '"', ":", "a"])
                       for _ in range(rng.randint(1, 6)))  # fmt: skip
    name = rng.choice([f'"{"/".join(rng.choice(nodes)["key"])}"', rng.choice(VALUES)])
    attribute = rng.choice(["key", "key", "key", *ATTRIBUTES])
    value = rng.choice(["external", "materializable", "none", name]) if attribute in ("is", "partitions") else name
    second = f"={rng.choice(VALUES)}" if attribute == "tag" and rng.random() < 0.6 else ""
    up, down = rng.choice(["", "", "+", "1+", "2+"]), rng.choice(["", "", "+", "+1", "+2"])
    return f"{up}{attribute}:{value}{second}{down}"


def random_selection(rng: random.Random, nodes: list[dict]) -> str:
    if rng.random() < 0.3:
        name = "/".join(rng.choice(nodes)["key"])
        return rng.choice(["", "*", "+", "++", "*+", "?"]) + name + rng.choice(["", "*", "+", "++", "+*", "**"])
    return random_expression(rng, nodes)


def selections(rng: random.Random) -> tuple[dict, Answer]:
    nodes = random_nodes(rng)
    items = [{"text": random_selection(rng, nodes), "include_sources": rng.random() < 0.3} for _ in range(20)]

    def answer() -> dict:
        graph = asset_graph(nodes)
        selected = []
        for item in items:
            try:
                if item["text"].startswith("tag:") and '"' in item["text"]:
                    # from_string would fall back to a tag with quotes in its name.
                    AntlrAssetSelectionParser(item["text"])
                selection = dg.AssetSelection.from_string(item["text"], item["include_sources"])
                selected.append({"keys": sorted(key.to_user_string() for key in selection.resolve(graph))})
            except Exception as error:
                selected.append({"error": str(error)})
        layers = [sorted(key.to_user_string() for key in level) for level in graph.toposorted_asset_keys_by_level]
        return {"layers": layers, "selected": selected}

    return {"ask": "selections", "nodes": nodes, "selections": items}, answer


def asset_graph(nodes: list[dict]) -> AssetGraph:
    specs = {
        tuple(node["key"]): dg.AssetSpec(
            key=dg.AssetKey(node["key"]), deps=[dg.AssetKey(parent) for parent in node["parents"]], tags=node["tags"],
            group_name=node["group"], owners=node["owners"])
        for node in nodes
    }  # fmt: skip
    definitions = []
    for node in nodes:
        spec = specs[tuple(node["key"])]
        if node["external"]:
            definitions.append(dg.AssetsDefinition(specs=[spec]))
        else:
            definitions.append(dg.multi_asset(specs=[spec], name="op_" + "__".join(node["key"]))(lambda: None))
    return AssetGraph.from_assets(definitions)


def op_selection(rng: random.Random) -> tuple[dict, Answer]:
    names = [f"op{i}" for i in range(rng.randint(1, 12))] + ["map[x]", "a.b-c"]
    graph = {name: rng.sample(names[:i], min(i, rng.choice([0, 1, 2]))) for i, name in enumerate(names)}
    clauses = [rng.choice(["", "*", "+", "++", "*+"]) + rng.choice([*names, "nope", "a b"][: len(names) + (rng.random() < 0.2) * 2])
               + rng.choice(["", "*", "+", "++", "+*"]) for _ in range(rng.randint(1, 3))]  # fmt: skip

    def answer() -> list[str]:
        return sorted(parse_step_selection({name: set(parents) for name, parents in graph.items()}, clauses))

    return {"ask": "names", "graph": graph, "clauses": clauses, "steps": True}, answer
