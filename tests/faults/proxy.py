"""A proxy before each broker, which lets through what it is told to: a network with its faults, without
any privilege. What it cannot do is to lose packets: to TCP that is a delay."""

import asyncio
import contextlib
import random
import socket
import struct
import threading

PIECE = 65536
PIECES = 64  # on their way in one direction


class Proxy:
    """One broker's. Its attributes may be set at any time, from any thread."""

    def __init__(self, target):
        self.target = target
        self.port = 0
        self.connections = set()
        self.heal()

    def heal(self):
        self.is_down = False      # who connects is sent away
        self.is_silent_in = self.is_silent_out = False  # to the broker, from the broker
        self.delay_s = 0          # in each direction
        self.jitter_s = 0         # more or less than that
        self.slice = PIECE        # bytes at once
        self.bytes_per_s = 0      # 0: as fast as it goes

    def silence(self):
        """Nothing comes through, and nobody is told."""
        self.is_silent_in = self.is_silent_out = True

    async def serve(self, reader, writer):
        try:
            if self.is_down:
                raise ConnectionRefusedError
            from_broker, to_broker = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        for w in (writer, to_broker):
            w.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pair = (writer, to_broker)
        self.connections.add(pair)
        lines = asyncio.Queue(PIECES), asyncio.Queue(PIECES)
        tasks = [asyncio.ensure_future(work) for work in (
            self.read(reader, lines[0]), self.write(lines[0], to_broker, "is_silent_in"),
            self.read(from_broker, lines[1]), self.write(lines[1], writer, "is_silent_out"))]
        try:
            await asyncio.gather(*tasks)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.connections.discard(pair)
            for task in tasks:
                task.cancel()
            for w in pair:
                w.transport.abort()

    async def read(self, reader, line):
        """What comes waits in line until it is due, so that a delay makes nothing slower than that."""
        while data := await reader.read(PIECE):
            await line.put((asyncio.get_running_loop().time() + self.next_delay_s(), data))
        await line.put((0, b""))

    def next_delay_s(self):
        return self.delay_s + random.uniform(-self.jitter_s, self.jitter_s)

    async def write(self, line, writer, silent):
        while (item := await line.get())[1]:
            due, data = item
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            rest = memoryview(data)
            while rest:
                while getattr(self, silent):
                    await asyncio.sleep(0.01)
                rate = self.bytes_per_s
                n = min(self.slice, rate // 20 or PIECE)
                piece, rest = rest[:n], rest[n:]
                writer.write(piece)
                await writer.drain()
                if rate:
                    await asyncio.sleep(len(piece) / rate)
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

    def set(self, **attributes):
        """The same before each broker."""
        for proxy in self.all.values():
            for name, value in attributes.items():
                getattr(proxy, name)  # it has to be one
                setattr(proxy, name, value)

    def n_connections(self):
        return sum(len(proxy.connections) for proxy in self.all.values())

    def go_down(self):
        """As if no broker ran."""
        self.set(is_down=True)
        self.reset()

    def reset(self, *numbers):
        for number in numbers or self.all:
            self.loop.call_soon_threadsafe(self.all[number].reset)

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
