"""TRL: a chat template for models without one, in which a line is an action. Tested with TRL 1.16.0, transformers 5.23.0.

TRL calls tools only through a chat template and a parser of answers that know tools. A small base model, such as the one
that comes with this package, knows neither: it writes ``Action: go to shelf 1`` and a line end. ``line_template`` gives its
tokenizer a template that renders calls of ``act`` so, and a parser that reads every line as one.
"""

from __future__ import annotations

from typing import Any

CHAT = """{%- for message in messages -%}
{%- if message.role == 'assistant' -%}
{%- for call in message.tool_calls or [] -%}
{%- if call.function.name == 'act' -%}
{{ 'Action: ' + (call.function.arguments.action | default('')) + '\\n' }}
{%- else -%}
{{ 'Action: ' + call.function.name + ' ' + (call.function.arguments | tojson) + '\\n' }}
{%- endif -%}
{%- else -%}
{{ message.content + '\\n' }}
{%- endfor -%}
{%- else -%}
{{ message.content + '\\n' }}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ 'Action:' }}{%- endif -%}"""

RESPONSE = {
    "defaults": {"role": "assistant"},
    "start_anchor": "Action:",
    "fields": {
        "tool_calls": {
            "close": "\n",
            "content": "text",
            "repeats": True,
            "transform": {"type": "function", "function": {"name": "act", "arguments": {"action": "{content}"}}},
        }
    },
}


def line_template(tokenizer: Any) -> Any:
    """The tokenizer itself, with the template, the parser, and the line end as its end of turn.

    Raises ``ValueError`` for a tokenizer in which a line end is not one token, and for one that has a chat template.
    """
    if tokenizer.chat_template is not None:
        raise ValueError("this tokenizer has a chat template of its own: use it, or set it to None first")
    (end, *more) = tokenizer.encode("\n", add_special_tokens=False)
    if more:
        raise ValueError(
            f"expected a line end to be one token of the tokenizer, it is {1 + len(more)}: an action could not end there"
        )
    tokenizer.chat_template = CHAT
    tokenizer.response_template = RESPONSE
    tokenizer.eos_token = tokenizer.convert_ids_to_tokens(end)
    return tokenizer
