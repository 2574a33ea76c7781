"""A bot of known capacity: SLOTS messages at a time, each for SECONDS, in the order in which
they came; what it has begun to work on it finishes, whoever is gone. Speaks OpenAI, streamed.

Usage: fifo_bot.py PORT SLOTS SECONDS
"""

import asyncio
import sys

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
REPLY = (
    b'data: {"choices": [{"delta": {"content": "It is on its way."}, "finish_reason": null}]}\n\n'
    b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n'
    b"data: [DONE]\n\n"
)


async def serve(port, slots, seconds):
    free = asyncio.Semaphore(slots)  # first in, first out

    async def work():
        async with free:
            await asyncio.sleep(seconds)

    async def talk(reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = next((line[15:] for line in head.split("\r\n") if line.startswith("content-length:")), "0")
                await reader.readexactly(int(length))
                if not head.startswith("post"):
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
                    continue
                # Nobody takes back what has been asked: it is worked on to its end.
                await asyncio.shield(asyncio.ensure_future(work()))
                writer.write(HEAD + b"%x\r\n%s\r\n0\r\n\r\n" % (len(REPLY), REPLY))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", port, backlog=4096)
    async with server:
        await server.serve_forever()


asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
