"""Seeded random GraphQL schemas, data and documents, valid and broken, and the reference's answers to them.

A schema is built of layers, so that each kind of type refers to each other kind. A document is made by walking the
schema; a broken one is a valid one with a word or a token changed, so that most of it still makes sense.
"""

import asyncio
import json
import random
import re
from typing import Any

from graphql import (
    GraphQLError,
    build_schema,
    get_named_type,
    graphql_sync,
    is_abstract_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    parse,
    subscribe,
    validate,
)

SCALARS = ["Int", "Float", "String", "Boolean", "ID", "Anything"]
ENUMS = {"Color": ["RED", "GREEN", "BLUE"], "Size": ["SMALL", "BIG"]}
WORDS = ["alpha", "beta", "gamma", "delta", "omega", "kappa", "name", "size"]
STRINGS = ["", "plain", "it's", 'say "hi"', "line\nbreak", "tab\there", "ümlaut", "日本", "🙂", "back\\slash", "\x7f", "é" * 130]


class Maker:
    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    # The schema.

    def wrap(self, name: str, depth: int = 0) -> str:
        text = name
        if depth < 2 and self.chance(0.25):
            text = f"[{self.wrap(name, depth + 1)}]"
        return text + "!" if self.chance(0.3) else text

    def literal_default(self, type_text: str) -> str:
        base = type_text.rstrip("!")
        value = {
            "Int": "7", "Float": "1.5", "String": '"text"', "Boolean": "true", "ID": '"id"', "Anything": "{a: [1, B]}",
            "Color": "RED", "Size": "BIG",
        }.get(base)  # fmt: skip
        return f" = {value}" if value and self.chance(0.4) else ""

    def arguments(self) -> str:
        if not self.chance(0.3):
            return ""
        parts = []
        for name in self.random.sample(WORDS, self.random.randint(1, 3)):
            type_text = self.wrap(self.random.choice([*SCALARS, *ENUMS, "Filter", "Page"]))
            parts.append(f"{name}: {type_text}{self.literal_default(type_text)}")
        return f"({', '.join(parts)})"

    def fields(self, types: list[str], count: int, start: int = 0) -> dict[str, str]:
        fields = {}
        for index in range(start, start + count):
            name = f"{self.random.choice(WORDS)}{index}{'Batch' if self.chance(0.25) else ''}"
            fields[name] = f"{self.arguments()}: {self.wrap(self.random.choice(types))}"
        return fields

    def schema(self) -> str:
        objects = ["Cat", "Dog", "Owner", "House"]
        outputs = [*SCALARS, *ENUMS, *objects, *objects, "Named", "Sized", "Pet", "Thing"]
        named = self.fields([*SCALARS, "Owner"], 2)
        sized = {**named, **self.fields([*SCALARS, *ENUMS], 1, 5)}
        lines = ["scalar Anything", "directive @mark(level: Int = 1, tag: String!) repeatable on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT"]
        for name, values in ENUMS.items():
            lines.append(f"enum {name} {{ {' '.join(values)} }}")

        def body(fields: dict[str, str]) -> str:
            return "{ " + " ".join(name + rest for name, rest in fields.items()) + " }"

        lines.append("interface Named " + body(named))
        lines.append("interface Sized implements Named " + body(sized))
        for name in objects:
            implements = {"Cat": " implements Named & Sized", "Dog": " implements Named"}.get(name, "")
            inherited = {"Cat": sized, "Dog": named}.get(name, {})
            lines.append(f"type {name}{implements} " + body({**inherited, **self.fields(outputs, 5, 10)}))
        lines.append("union Pet = Cat | Dog")
        lines.append("union Thing = Owner | House | Cat")
        lines.append("input Filter { text: String = \"any\" ids: [ID!] size: Size! color: Color = GREEN page: Page not: Filter }")
        lines.append("input Page { first: Int! after: String skip: Float = 2 any: Anything }")
        lines.append("input Pick @oneOf { text: String number: Int }")
        echo = "echo(text: String, number: Int = 3, float: Float, id: ID, flag: Boolean, color: Color, filter: Filter, "
        echo += "page: Page = {first: 5}, list: [Int], lists: [[Int!]]!, any: Anything, pick: Pick): String"
        lines.append("type Query { " + echo + " " + body(self.fields(outputs, 12, 20))[1:])
        lines.append("type Mutation " + body(self.fields(outputs, 4, 40)))
        lines.append("type Subscription { cats: Cat numbers(to: Int!): Int! things: [Thing!] }")
        return "\n".join(lines) + "\n"

    # The data.

    def value(self, type_: Any, depth: int) -> Any:
        if self.chance(0.02):
            return {"__error": f"broken {self.random.randint(0, 9)}"}
        if is_non_null_type(type_):
            return None if self.chance(0.03) else self.value(type_.of_type, depth)
        if self.chance(0.1):
            return None
        if is_list_type(type_):
            if self.chance(0.02):
                return 3
            return [self.item(type_.of_type, depth) for _ in range(self.random.randint(0, 3))]
        if is_enum_type(type_):
            return "PURPLE" if self.chance(0.05) else self.random.choice(list(type_.values))
        if is_leaf_type(type_):
            return self.leaf(type_.name)
        if depth > 4:
            return None
        if is_abstract_type(type_):
            type_ = self.random.choice(self.built.get_possible_types(type_))
        return {"__typename": type_.name, **self.object(type_, depth)}

    def item(self, type_: Any, depth: int) -> Any:
        """Of a list: an error there is one of the whole field, which values of dicts cannot say."""
        while isinstance(value := self.value(type_, depth), dict) and "__error" in value:
            pass
        return value

    def leaf(self, name: str) -> Any:
        if name == "Anything":
            return self.random.choice([1, "x", True, {"a": [1, None, {"b": 2.5}]}, [], [1, "2"], {}])
        if self.chance(0.05):
            return self.random.choice([{"a": 1}, [1], "word", 2**40, True, 1.5, 3])
        return {
            "Int": lambda: self.random.choice([0, -1, 7, 2**31 - 1, -(2**31)]),
            "Float": lambda: self.random.choice([0.5, -2.25, 1e300, 3, 1e-7, 100.0]),
            "String": lambda: self.random.choice(STRINGS),
            "Boolean": lambda: self.chance(0.5),
            "ID": lambda: self.random.choice(["a1", "7", 12]),
        }[name]()

    def object(self, type_: Any, depth: int) -> dict:
        return {name: self.value(field.type, depth + 1) for name, field in type_.fields.items() if name != "echo"}

    def data(self, sdl: str) -> dict:
        self.built = build_schema(sdl)
        data = {**self.object(self.built.query_type, 0), **self.object(self.built.mutation_type, 0)}
        for name, field in self.built.subscription_type.fields.items():
            data[name] = [self.item(field.type, 2) for _ in range(3)]
        return data

    # Documents.

    def document(self) -> dict:
        self.variables: dict[str, str] = {}
        self.fragments: dict[str, str] = {}
        kind = self.random.choices(["query", "mutation", "subscription"], [8, 1, 1])[0]
        root = {"query": self.built.query_type, "mutation": self.built.mutation_type,
                "subscription": self.built.subscription_type}[kind]  # fmt: skip
        selections = self.selections(root, 0, single=kind == "subscription")
        # Some were made for literals that were thrown away.
        text = " ".join([selections, *self.fragments.values()])
        self.variables = {name: type_ for name, type_ in self.variables.items() if re.search(rf"\${name}\b", text)}
        definitions = ", ".join(f"${name}: {type_}" for name, type_ in self.variables.items())
        name = self.random.choice(["Ask", "Q1", ""]) if kind == "query" else "Ask"
        head = f"{kind} {name}" + (f"({definitions})" if definitions else "")
        if kind == "query" and not name and not definitions and self.chance(0.5):
            head = ""
        parts = [f"{head} {selections}", *self.fragments.values()]
        if self.chance(0.2):
            self.random.shuffle(parts)
        separator = self.random.choice(["\n", " ", "\n\n# a comment\n", "\r\n", ","])
        return {"query": separator.join(parts), "variables": self.variable_values(), "operationName": None}

    def selections(self, type_: Any, depth: int, single: bool = False) -> str:
        parts = []
        count = 1 if single else self.random.randint(1, 3)
        for _ in range(count):
            parts.append(self.field(type_, depth, plain=True) if single else self.selection(type_, depth))
        space = self.random.choice([" ", "\n  ", ", "])
        return "{" + space + space.join(parts) + space + "}"

    def selection(self, type_: Any, depth: int) -> str:
        if self.chance(0.25) and depth < 5:
            candidates = [name for name in ("Cat", "Dog", "Owner", "House", "Named", "Sized", "Pet", "Thing")
                          if self.overlaps(type_, self.built.get_type(name))]  # fmt: skip
            if candidates:
                condition = self.random.choice(candidates)
                body = self.selections(self.built.get_type(condition), depth + 1)
                if self.chance(0.5):
                    name = f"F{len(self.fragments)}"
                    if name not in self.fragments:
                        self.fragments[name] = f"fragment {name} on {condition} {body}"
                        return f"...{name}{self.directives()}"
                return f"... on {condition}{self.directives()} {body}"
            return f"...{self.directives()} {self.selections(type_, depth + 1)}"
        return self.field(type_, depth)

    def overlaps(self, one: Any, other: Any) -> bool:
        def possible(type_: Any) -> set[str]:
            return {t.name for t in self.built.get_possible_types(type_)} if is_abstract_type(type_) else {type_.name}

        return bool(possible(one) & possible(other))

    def field(self, type_: Any, depth: int, plain: bool = False) -> str:
        fields = getattr(type_, "fields", {})
        names = list(fields) or ["__typename"]
        if self.chance(0.1) and not plain:
            names = ["__typename"]
        elif type_ is self.built.query_type and self.chance(0.3):
            names = ["echo"]
        elif depth > 3:
            names = [n for n in names if n in fields and is_leaf_type(get_named_type(fields[n].type))] or ["__typename"]
        name = self.random.choice(names)
        alias = f"{self.random.choice(WORDS)}{self.random.randint(0, 999)}: " if self.chance(0.85) else ""
        if name == "__typename":
            return alias + name
        field = fields[name]
        arguments = [f"{key}: {self.argument(argument.type)}" for key, argument in field.args.items()
                     if (is_non_null_type(argument.type) and argument.default_value is None) or self.chance(0.4)
                     or is_non_null_type(argument.type)]  # fmt: skip
        text = alias + name + (f"({', '.join(arguments)})" if arguments else "")
        text += "" if plain else self.directives()
        named = get_named_type(field.type)
        return text if is_leaf_type(named) else f"{text} {self.selections(named, depth + 1)}"

    def directives(self) -> str:
        text = ""
        if self.chance(0.08):
            text += f" @{self.random.choice(['skip', 'include'])}(if: {self.condition()})"
        if self.chance(0.03):
            text += ' @mark(tag: "t") @mark(tag: "u", level: 2)'
        return text

    def condition(self) -> str:
        return "$" + self.variable("Boolean!") if self.chance(0.6) else self.random.choice(["true", "false"])

    def variable(self, type_text: str) -> str:
        for name, known in self.variables.items():
            if known == type_text and self.chance(0.5):
                return name
        name = f"v{len(self.variables)}"
        self.variables[name] = type_text + self.literal_default(type_text)
        return name

    def argument(self, type_: Any, depth: int = 0) -> str:
        if self.chance(0.25):
            return "$" + self.variable(str(type_))
        if is_non_null_type(type_):
            literal = self.argument(type_.of_type, depth)
            return literal if literal != "null" and not literal.startswith("$") else self.argument(type_, depth)
        if self.chance(0.06):
            return "null"
        if is_list_type(type_):
            if self.chance(0.2) and not str(type_.of_type).startswith("["):
                return self.leaf_literal_of(type_.of_type)
            return "[" + ", ".join(self.argument(type_.of_type, depth) for _ in range(self.random.randint(0, 3))) + "]"
        if is_enum_type(type_):
            return self.random.choice(list(type_.values))
        if is_input_object_type(type_):
            names = [name for name, field in type_.fields.items()
                     if is_non_null_type(field.type) or (depth < 3 and self.chance(0.4))]  # fmt: skip
            if type_.is_one_of:
                name = self.random.choice(list(type_.fields))
                return f"{{{name}: {self.leaf_literal(type_.fields[name].type.name)}}}"
            return "{" + ", ".join(f"{name}: {self.argument(type_.fields[name].type, depth + 1)}" for name in names) + "}"
        return self.leaf_literal(type_.name)

    def leaf_literal_of(self, type_: Any) -> str:
        while (literal := self.argument(type_)).startswith("$"):
            pass
        return literal

    def leaf_literal(self, name: str) -> str:
        choices = {
            "Int": ["0", "-5", "2147483647"],
            "Float": ["1.5", "-2e3", "7"],
            "String": ['"text"', '""', '"esc \\" \\u00e9 \\uD83D\\uDE42 \\u{1F642} \\n"', '"""block\n    two\n  three"""'],
            "Boolean": ["true", "false"],
            "ID": ['"id"', "12"],
            "Anything": ["1", "{a: 1, b: [true, null, X]}", '"s"', "[]"],
        }
        if self.chance(0.01):
            return self.random.choice(["1.5", '"wrong"', "99999999999", "WRONG", "{a: 1}", "[1]", "true"])
        return self.random.choice(choices[name])

    def variable_values(self) -> dict:
        values = {}
        for name, text in self.variables.items():
            if self.chance(0.1 if " = " in text or not text.endswith("!") else 0.02):
                continue
            values[name] = self.json_value(text.split(" = ")[0])
        return values

    def json_value(self, type_text: str, depth: int = 0) -> Any:
        if self.chance(0.015):
            return self.random.choice([None, "wrong", 1.5, [], {"a": 1}, True, 2**40, "it's \"q\"", [[1, 2, [3, [4]]]]])
        if type_text.endswith("!"):
            return self.json_value(type_text[:-1], depth)
        if self.chance(0.08):
            return None
        if type_text.startswith("["):
            return [self.json_value(type_text[1:-1], depth) for _ in range(self.random.randint(0, 3))]
        type_ = self.built.get_type(type_text)
        if is_enum_type(type_):
            return "GREN" if self.chance(0.03) else self.random.choice(list(type_.values))
        if is_input_object_type(type_):
            chosen = {name: field for name, field in type_.fields.items()
                      if (is_non_null_type(field.type) or self.chance(0.4)) and depth < 3}  # fmt: skip
            extra = {"colour": 1} if self.chance(0.05) else {}
            return {**{name: self.json_value(str(field.type), depth + 1) for name, field in chosen.items()}, **extra}
        return {
            "Int": self.random.choice([1, 2.0, -3]),
            "Float": self.random.choice([1, 2.5]),
            "String": self.random.choice(STRINGS),
            "Boolean": True,
            "ID": self.random.choice(["x", 5, 2.0]),
            "Anything": self.random.choice([{"k": [1]}, None, "v"]),
        }[type_text]

    # What makes a document wrong.

    def broken(self, document: dict) -> dict:
        tokens = re.findall(r'"""[\s\S]*?"""|"(?:\\.|[^"\\])*"|\.\.\.|#[^\n]*|[\w]+|\s+|.', document["query"])
        words = [*WORDS, "Cat", "Named", "Pet", "RED", "true", "null", "on", "fragment", "query", "$v0", "$", "{", "}", "(",
                 "@skip", "@include(if: true)", "@mark", "...F0", "F1", "...", "1", "-", '"', "'", "&", "[", "!", "é", "\x00",
                 "0123", "1.", "1e", "\"\\q\"", "__typename", "__schema { types { name } }", "echo", "type", "extend",
                 "{ a }", "a: 1", "subscription", "id", "nme"]  # fmt: skip
        for _ in range(self.random.choice([1, 1, 1, 2, 4])):
            index = self.random.randrange(len(tokens))
            action = self.random.choice(["delete", "replace", "insert", "repeat", "swap", "misspell", "exchange"])
            if action == "delete":
                tokens[index] = ""
            elif action == "replace":
                tokens[index] = self.random.choice(words)
            elif action == "insert":
                tokens.insert(index, f" {self.random.choice(words)} ")
            elif action == "repeat":
                tokens.insert(index, tokens[index] + " ")
            elif action == "swap":
                other = self.random.randrange(len(tokens))
                tokens[index], tokens[other] = tokens[other], tokens[index]
            elif action == "exchange":
                tokens[index] = self.random.choice(tokens)
            elif len(tokens[index]) > 2:
                position = self.random.randrange(len(tokens[index]))
                tokens[index] = tokens[index][:position] + tokens[index][position + 1 :]
        query = "".join(tokens)
        return {**document, "query": query if query.strip() else "{"}


def resolve(source: Any, info: Any, **arguments: Any) -> Any:
    if info.field_name == "echo":
        return json.dumps(arguments, sort_keys=True)
    value = source.get(info.field_name)
    if isinstance(value, dict) and "__error" in value:
        raise Exception(value["__error"])
    return value


class Reference:
    """graphql-core on a schema and data."""

    def __init__(self, sdl: str, data: dict):
        self.schema = build_schema(sdl)
        self.data = data

    def ask(self, request: dict) -> Any:
        if self.is_subscription(request):
            return asyncio.run(self.events(request))
        result = graphql_sync(
            self.schema, request["query"], root_value=self.data, variable_values=request["variables"],
            operation_name=request["operationName"], field_resolver=resolve,
        )  # fmt: skip
        return result.formatted

    def is_subscription(self, request: dict) -> bool:
        try:
            document = parse(request["query"])
        except GraphQLError:
            return False
        operations = [d for d in document.definitions if d.kind == "operation_definition"]
        named = [d for d in operations if d.name and d.name.value == request["operationName"]] or operations
        valid = not validate(self.schema, document)
        return valid and len(named) == 1 and named[0].operation.value == "subscription"

    async def events(self, request: dict) -> Any:
        async def source(root: Any, info: Any, **arguments: Any) -> Any:
            value = resolve(root, info)

            async def items() -> Any:
                for item in value:
                    yield {info.field_name: item}

            return items()

        result = await subscribe(
            self.schema, parse(request["query"]), root_value=self.data, variable_values=request["variables"],
            operation_name=request["operationName"], field_resolver=resolve, subscribe_field_resolver=source,
        )  # fmt: skip
        if hasattr(result, "formatted"):
            return result.formatted
        return [event.formatted async for event in result]
