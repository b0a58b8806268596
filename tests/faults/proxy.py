"""A proxy before each broker, which lets through what it is told to: a network with its faults, without
any privilege. What it cannot do is to lose packets: to TCP that is a delay."""

import asyncio
import contextlib
import socket
import struct
import threading

PIECE = 65536


class Proxy:
    """One broker's. Its attributes may be set at any time, from any thread."""

    def __init__(self, target):
        self.target = target
        self.port = 0
        self.connections = set()
        self.heal()

    def heal(self):
        self.is_silent_in = self.is_silent_out = False  # to the broker, from the broker
        self.delay_s = 0
        self.slice = PIECE        # bytes at once
        self.bytes_per_s = 0      # 0: as fast as it goes

    def silence(self):
        """Nothing comes through, and nobody is told."""
        self.is_silent_in = self.is_silent_out = True

    async def serve(self, reader, writer):
        try:
            to_broker, from_broker = None, None
            from_broker, to_broker = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        for w in (writer, to_broker):
            w.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pair = (writer, to_broker)
        self.connections.add(pair)
        try:
            await asyncio.gather(self.pump(reader, to_broker, "is_silent_in"),
                                 self.pump(from_broker, writer, "is_silent_out"))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.connections.discard(pair)
            for w in pair:
                w.transport.abort()

    async def pump(self, reader, writer, silent):
        while data := await reader.read(PIECE):
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            for i in range(0, len(data), max(self.slice, 1)):
                piece = data[i:i + self.slice]
                while getattr(self, silent):
                    await asyncio.sleep(0.01)
                writer.write(piece)
                await writer.drain()
                if self.bytes_per_s:
                    await asyncio.sleep(len(piece) / self.bytes_per_s)
        raise ConnectionResetError

    def reset(self):
        """Every connection ends at once, as by a firewall that forgets."""
        for pair in list(self.connections):
            for writer in pair:
                sock = writer.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()


class Proxies:
    """All of them, in a thread of their own."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.all = {}
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    def add(self, number, target):
        """Returns the port where the broker is to be found."""
        proxy = Proxy(target)

        async def listen():
            server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
            return server.sockets[0].getsockname()[1]

        proxy.port = self.call(listen())
        self.all[number] = proxy
        return proxy.port

    def ports(self):
        return [proxy.port for proxy in self.all.values()]

    def __getitem__(self, number):
        return self.all[number]

    def heal(self):
        for proxy in self.all.values():
            proxy.heal()

    def reset(self, *numbers):
        for number in numbers or self.all:
            self.loop.call_soon_threadsafe(self.all[number].reset)

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
