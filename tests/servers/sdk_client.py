"""What the official SDK of OpenAI makes of a bot, as JSON.

Usage: sdk_client.py URL
"""

import json
import sys

import openai

ASK = "Where is my order?"
client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="sk-test", max_retries=0)


def whole(text, user, **more):
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]
    reply = client.chat.completions.create(model="m", messages=messages, user=user, **more)
    return reply.choices[0], reply.usage


def streamed(content, user):
    said, reason, usage = "", None, None
    for part in client.chat.completions.create(
            model="m", stream=True, stream_options={"include_usage": True}, user=user,
            messages=[{"role": "user", "content": content}]):
        for choice in part.choices:
            said += choice.delta.content or ""
            reason = choice.finish_reason or reason
        usage = part.usage or usage
    return {"text": said, "finish_reason": reason, "tokens": usage and usage.total_tokens}


choice, usage = whole(ASK, "u-1", max_tokens=50, temperature=0)
print(json.dumps({
    "models": [model.id for model in client.models.list()],
    "whole": {"text": choice.message.content, "finish_reason": choice.finish_reason, "tokens": usage.total_tokens},
    "stream": streamed(ASK, "u-1"),
    "parts": streamed([{"type": "text", "text": ASK}], "u-1"),
    "handover": whole("human", "u-2")[0].message.tool_calls[0].function.name,
}))
