# Reads tests/abi/abi.txt.
#
# Copyright 2026 the Offline Files for Wine authors
# SPDX-License-Identifier: LGPL-2.1-or-later

from dataclasses import dataclass, field

IUNKNOWN = [
    ("QueryInterface", "HRESULT", ["REFIID", "void**"]),
    ("AddRef", "ULONG", []),
    ("Release", "ULONG", []),
]


@dataclass
class Param:
    attributes: list
    type: str
    name: str


@dataclass
class Method:
    slot: int
    name: str
    params: list = field(default_factory=list)


@dataclass
class Interface:
    name: str
    base: str
    iid: str
    unique: bool
    methods: list = field(default_factory=list)


@dataclass
class Enum:
    name: str
    members: list = field(default_factory=list)


class Facts:
    """Everything in the facts file, in its order."""

    def __init__(self, path):
        self.classes = {}
        self.library = None
        self.interfaces = {}
        self.enums = {}
        self.consts = {}
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            line = line.strip()
            if line and not line.startswith("#"):
                try:
                    self.read(*line.split(" ", 1))
                except (ValueError, IndexError, KeyError) as error:
                    raise SystemExit("%s:%d: %s (%s)" % (path, number, line, error))
        self.check()

    def read(self, kind, rest):
        if kind == "class":
            name, clsid = rest.split()
            self.classes[name] = clsid
        elif kind == "library":
            self.library = rest
        elif kind == "interface":
            name, base, iid, *flags = rest.split()
            self.interface = self.interfaces[name] = Interface(name, base, iid, flags == ["unique"])
        elif kind == "method":
            slot, name = rest.split()
            self.interface.methods.append(Method(int(slot), name))
        elif kind == "param":
            attributes, type_name, name = [part.strip() for part in rest.split("|")]
            self.interface.methods[-1].params.append(Param(attributes.split(","), type_name, name))
        elif kind == "enum":
            self.enum = self.enums[rest] = Enum(rest)
        elif kind == "member":
            name, value = rest.split()
            self.enum.members.append((name, int(value)))
        elif kind == "const":
            name, value = rest.split(" ", 1)
            self.consts[name] = value
        else:
            raise ValueError("unknown kind of line")

    def check(self):
        """The slots of the facts must be gapless from the end of the base."""
        for interface in self.interfaces.values():
            slot = self.first_own_slot(interface)
            for method in interface.methods:
                if method.slot != slot:
                    raise SystemExit("%s::%s: slot %d, expected %d"
                                     % (interface.name, method.name, method.slot, slot))
                slot += 1

    def first_own_slot(self, interface):
        if interface.base == "IUnknown":
            return len(IUNKNOWN)
        base = self.interfaces[interface.base]
        return self.first_own_slot(base) + len(base.methods)

    def vtable(self, interface):
        """All methods with the inherited ones: (slot, name, result, parameter types)."""
        if interface.base == "IUnknown":
            slots = [(slot, *method) for slot, method in enumerate(IUNKNOWN)]
        else:
            slots = self.vtable(self.interfaces[interface.base])
        return slots + [(method.slot, method.name, "HRESULT", [p.type for p in method.params])
                        for method in interface.methods]

    def value(self, name):
        """The number of a constant, or its text when it is a string."""
        text = self.consts.get(name)
        if text is None:
            for enum in self.enums.values():
                for member, number in enum.members:
                    if member == name:
                        return number
            raise SystemExit("constant %s is not among the facts" % name)
        if text.startswith('L"'):
            return text
        result = 0
        for part in text.split("|"):
            result |= int(part, 0) if part[0].isdigit() else self.value(part)
        return result

    def method_count(self):
        return sum(len(interface.methods) for interface in self.interfaces.values())


def guid_initializer(text):
    """A GUID as a C initializer."""
    one, two, three, four, five = text.split("-")
    tail = four + five
    return "{0x%s,0x%s,0x%s,{%s}}" % (one, two, three,
                                     ",".join("0x" + tail[i:i + 2] for i in range(0, 16, 2)))
