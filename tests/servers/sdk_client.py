"""What the official SDKs of OpenAI and Anthropic make of a bot, as JSON.

Usage: sdk_client.py URL
"""

import json
import sys

import anthropic
import openai

ASK = "Where is my order?"
URL = sys.argv[1]
client = openai.OpenAI(base_url=URL + "/v1", api_key="sk-test", max_retries=0)
claude = anthropic.Anthropic(base_url=URL, api_key="sk-test", max_retries=0)


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


def response(reply):
    return {"text": reply.output_text, "finish_reason": reply.status, "tokens": reply.usage.total_tokens}


def response_streamed(text, user):
    """The text as its parts come; the SDK puts the whole response together itself."""
    with client.responses.stream(model="m", input=text, user=user) as stream:
        said = "".join(e.delta for e in stream if e.type == "response.output_text.delta")
        reply = response(stream.get_final_response())
    assert reply["text"] == said, (reply, said)
    return reply


def called(reply):
    return next(item.name for item in reply.output if item.type == "function_call")


def message(text, user, **more):
    return claude.messages.create(
        model="m", max_tokens=50, system="Be brief.", metadata={"user_id": user},
        messages=[{"role": "user", "content": text}], **more)


def of_message(reply):
    text = "".join(block.text for block in reply.content if block.type == "text")
    tokens = reply.usage.input_tokens + reply.usage.output_tokens
    return {"text": text, "finish_reason": reply.stop_reason, "tokens": tokens}


def message_streamed(text, user):
    with claude.messages.stream(
            model="m", max_tokens=50, metadata={"user_id": user},
            messages=[{"role": "user", "content": [{"type": "text", "text": text}]}]) as stream:
        said = "".join(stream.text_stream)
        reply = of_message(stream.get_final_message())
    assert reply["text"] == said, (reply, said)
    return reply


choice, usage = whole(ASK, "u-1", max_tokens=50, temperature=0)
first = client.responses.create(model="m", input=ASK, instructions="Be brief.", user="u-1")
second = client.responses.create(model="m", input=ASK, previous_response_id=first.id)
assert second.previous_response_id == first.id != second.id
print(json.dumps({
    "models": [model.id for model in client.models.list()],
    "stop": {
        "whole": {"text": choice.message.content, "finish_reason": choice.finish_reason, "tokens": usage.total_tokens},
        "stream": streamed(ASK, "u-1"),
        "parts": streamed([{"type": "text", "text": ASK}], "u-1"),
    },
    "completed": {
        "response": response(first), "next response": response(second),
        "streamed response": response_streamed(ASK, "u-1"),
    },
    "end_turn": {
        "message": of_message(message(ASK, "u-5")), "streamed message": message_streamed(ASK, "u-5"),
    },
    "handovers": {
        "completion": whole("human", "u-2")[0].message.tool_calls[0].function.name,
        "response": called(client.responses.create(model="m", input="human", user="u-7")),
        "message": message("human", "u-8").content[-1].name,
    },
}))
