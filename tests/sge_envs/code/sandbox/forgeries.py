"""Programs that want credit without knowing the answers, and one that deserves it. The task: ``square(7)`` and ``square(12)``."""

from __future__ import annotations

from textwrap import dedent

from sge_envs.code.sandbox import Answer, Call

REQUESTS = (Call("square", (7,)), Call("square", (12,)))
EXPECTED = (49, 144)

HONEST = "def square(x):\n    return x * x\n"

LIAR = """
class Liar(BASE):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    def __repr__(self): return '49'
    def __reduce__(self): return (int, (49,))
def square(x): return ANSWER
"""

DRIVER = """
import gc, json, os, sys
frame = sys._getframe()
while not hasattr(frame.f_locals.get('self'), '_nonce'):
    frame = frame.f_back
driver = frame.f_locals['self']
def nonce(): return driver._nonce
def say(*words): os.write(3, json.dumps(list(words)).encode() + b'\\n')
"""
"""Finds what answers for the program, and the number of the request, by walking frames."""

PLAIN = {
    "leave with success": """
        import os
        os._exit(0)
    """,
    "leave with success when asked": """
        import os
        def square(x): os._exit(0)
    """,
    "sys.exit": """
        import sys
        sys.exit(0)
    """,
    "print the verdict": """
        print('PASS', 49, 144, flush=True)
        def square(x): print('OK 49 144')
    """,
    "lying class": """
        class Meta(type):
            def __eq__(self, other): return True
            __hash__ = None
        class square(metaclass=Meta):
            def __init__(self, x): pass
    """,
    "not a number": "def square(x): return float('nan')",
    "true": "def square(x): return True",
    "echo": "def square(x): return x",
    "constant": "def square(x): return 49",
    "right but of another type": "def square(x): return float(x * x)",
    "raise the answer": "def square(x): raise ValueError(x * x)",
    "raise a lie": """
        class value(BaseException):
            def __str__(self): return '49'
        def square(x): raise value()
    """,
    "close the channel": """
        import os
        os.close(3)
        def square(x): return 49
    """,
    "look for the tests": """
        import os
        def square(x):
            for folder, _, names in os.walk('/'):
                for name in names:
                    if 'test' in name and name.endswith('.json'): return open(os.path.join(folder, name)).read()
    """,
    "patch built-in functions": """
        import builtins
        builtins.eval = lambda *words: (lambda *args, **kwargs: True)
        def square(x): return 0
    """,
    "an endless generator": """
        def square(x):
            while True: yield 49
    """,
}

WITH_DRIVER = {
    "answer for the driver": """
        def square(x):
            say(nonce(), 'passed', True)
            os._exit(0)
    """,
    "answer twice": """
        def square(x):
            say(nonce(), 'value', 48)
            return x * x
    """,
    "answer both at once": """
        def square(x):
            say(nonce(), 'value', 49)
            say(nonce(), 'value', 144)
            os._exit(0)
    """,
    "answer before the question": """
        say('0' * 32, 'value', 49)
        def square(x): return x * x
    """,
    "answer the last question again": """
        old = []
        def square(x):
            old.append(nonce())
            driver._nonce = old[0]
            return x * x
    """,
    "no number at all": """
        def square(x):
            driver._nonce = None
            return x * x
    """,
    "an answer that matches anything": """
        def square(x):
            say(nonce(), 'value', {'$any': 1})
            os._exit(0)
    """,
    "an answer of no type": """
        def square(x):
            say(nonce(), 'value', ['object', 49])
            os._exit(0)
    """,
    "no JSON": """
        def square(x):
            os.write(3, b'\\x80\\x04K1.\\n')
            os._exit(0)
    """,
    "JSON without end": """
        def square(x):
            os.write(3, b'[' * 100000 + b'\\n')
            os._exit(0)
    """,
    "words that are no JSON": """
        def square(x):
            os.write(3, json.dumps([nonce(), 'value', float('nan')]).encode() + b'\\n')
            os._exit(0)
    """,
    "a set that is slow to build": """
        def square(x):
            say(nonce(), 'value', ['s', *[['i', hex(i * (2**61 - 1))] for i in range(50000)]])
            os._exit(0)
    """,
    "a number with a million digits": """
        def square(x):
            os.write(3, b'["' + nonce().encode() + b'","value",' + b'9' * 10**6 + b']\\n')
            os._exit(0)
    """,
    "ask the host": "def square(x): return driver.ask_host({'path': ['expected'], 'args': [], 'kwargs': {}})",
    "patch the encoder": """
        import sge_envs.code.sandbox.inside.wire as wire
        wire.encode = lambda value: ['any']
        def square(x): return 0
    """,
    "patch the driver": """
        driver._actions['call'] = lambda *words: 'passed'
        def square(x): return 0
    """,
    "look for the expected values": """
        def square(x):
            seen = [o for o in gc.get_objects() if type(o) is dict and 'expected' in o]
            return seen[0]['expected'] if seen else None
    """,
}

FORGERIES: dict[str, str] = {
    **{
        f"lying {base}": LIAR.replace("BASE", base).replace("ANSWER", "Liar()")
        for base in ("object", "int", "float", "str", "list")
    },
    "lying inside a list": LIAR.replace("BASE", "object").replace("ANSWER", "[Liar()]"),
    **{name: dedent(body) for name, body in PLAIN.items()},
    **{name: DRIVER + dedent(body) for name, body in WITH_DRIVER.items()},
}

RIGHT_BY_HAND = (
    DRIVER
    + """
def square(x):
    driver._send = lambda message: None
    say(nonce(), 'value', x * x)
"""
)
"""Writes its own answers past the driver. They are right, so they count: this shows that the forgeries reach the channel."""


def deserves_credit(answers: tuple[Answer, ...]) -> bool:
    """What whoever asks does outside: every answer is there, and exactly the expected value of the expected type."""
    given = [(answer.status, type(answer.value), answer.value) for answer in answers]
    return given == [("value", type(value), value) for value in EXPECTED]
