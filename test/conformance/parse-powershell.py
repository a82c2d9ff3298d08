"""Prints a line for each place of the PowerShell files given that is not in the grammar."""

import sys

import tree_sitter_powershell
from tree_sitter import Language, Parser


def mistakes(node):
    if node.type == "ERROR" or node.is_missing:
        yield node
    for child in node.children:
        yield from mistakes(child)


parser = Parser(Language(tree_sitter_powershell.language()))
for file in sys.argv[1:]:
    with open(file, "rb") as script:
        tree = parser.parse(script.read())
    for node in mistakes(tree.root_node):
        print(f"{file}:{node.start_point.row + 1}: not PowerShell: {node.text[:60].decode()!r}")
