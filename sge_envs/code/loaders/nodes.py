"""Linked lists and trees across the wall of the sandbox, for problems of LeetCode's that are about them.

Only builtin values cross. So what a test makes with ``list_node`` and ``tree_node`` is taken apart on this side and made
again inside, and answers the other way round. Both halves are source, since each runs beside the classes of its side.
"""

CLASSES = """
class ListNode:
    def __init__(self, val=0, next=None):
        self.val = val
        self.next = next


class TreeNode:
    def __init__(self, val=0, left=None, right=None):
        self.val = val
        self.left = left
        self.right = right


def list_node(values):
    head = None
    for value in reversed(values):
        head = ListNode(value, head)
    return head


def tree_node(values):
    rest = iter(values)
    root = next((TreeNode(value) for value in rest), None)
    row = [root] if root else []
    for parent in row:
        for side in ("left", "right"):
            value = next(rest, None)
            if value is not None:
                setattr(parent, side, TreeNode(value))
                row.append(getattr(parent, side))
    return root


def is_same_list(one, other):
    while one is not None and other is not None and one.val == other.val:
        one, other = one.next, other.next
    return one is None and other is None


def is_same_tree(one, other):
    if one is None or other is None:
        return one is other
    return one.val == other.val and is_same_tree(one.left, other.left) and is_same_tree(one.right, other.right)
"""
"""What the tests use; older releases of the data set define only a part of it. Goes before their own."""

TAKE_APART = """
def _take_apart(value, depth=0):
    if isinstance(value, ListNode):
        values, node = [], value
        while node is not None and len(values) < 100000:
            values.append(node.val)
            node = node.next
        return {"list_node": values}
    if isinstance(value, TreeNode):
        values, row = [], [value]
        while row and len(values) < 100000:
            values += [None if node is None else node.val for node in row]
            row = [child for node in row if node is not None for child in (node.left, node.right)]
        while values and values[-1] is None:
            values.pop()
        return {"tree_node": values}
    if isinstance(value, (list, tuple)) and depth < 3:
        return [_take_apart(one, depth + 1) for one in value]
    return value


def _put_together(value, depth=0):
    if type(value) is dict and set(value) == {"list_node"}:
        return list_node(value["list_node"])
    if type(value) is dict and set(value) == {"tree_node"}:
        return tree_node(value["tree_node"])
    if type(value) is list and depth < 3:
        return [_put_together(one, depth + 1) for one in value]
    return value
"""
"""For both sides: from nodes to values, and back."""

OUTSIDE = (
    TAKE_APART
    + """

def _with_nodes(candidate):
    def ask(*args, **kwargs):
        plain = {name: _take_apart(value) for name, value in kwargs.items()}
        return _put_together(candidate(*map(_take_apart, args), **plain))

    return ask
"""
)
"""Makes the candidate of the tests: nodes go in as values, and values come out as nodes."""

INSIDE = (
    TAKE_APART
    + """

def _with_nodes(function):
    def ask(*args, **kwargs):
        own = {name: _put_together(value) for name, value in kwargs.items()}
        return _take_apart(function(*map(_put_together, args), **own))

    return ask
"""
)
"""Makes the function that the sandbox calls: values become nodes, and nodes become values."""

WRAP = "_with_nodes"
