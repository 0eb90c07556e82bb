"""Makes known things happen with TCP, and notes ports and processes for the rows that are expected.

    tcp.py session ADDRESS PORT [SENT RECEIVED MILLISECONDS]
                           a client sends and receives so many bytes, waits, and closes first
    tcp.py refused ADDRESS PORT    a connection that nobody listens for
    tcp.py reset ADDRESS PORT      a client that ends a session with a reset
    tcp.py queue ADDRESS PORT N LENGTH
                           N connections come about before the first is accepted
    tcp.py full ADDRESS PORT       a connection that finds no room, so that its first packet is repeated
    tcp.py lost ADDRESS PORT       packets of a session are lost for a second (in a network of its own)
    tcp.py named NAME PORT         a refused connection to an address that was looked up
"""

import os
import select
import socket
import struct
import subprocess
import sys
import time


def note(**values):
    with open(os.environ.get("NOTES", "/dev/stdout"), "a") as notes:
        for name, value in values.items():
            notes.write(f"{name}={value}\n")


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def listening(address, port, backlog=8):
    server = socket.socket(family(address))
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(backlog)
    return server


def connected(server):
    client = socket.socket(server.family)
    client.connect(server.getsockname())
    return client


def receive(end, count):
    while count > 0:
        count -= len(end.recv(65536))


def session(address, port, sent=0, received=0, milliseconds=0):
    """The two ends are two processes, so that whose is whose can be told."""
    server = listening(address, port)
    child = os.fork()
    if child == 0:
        end, _ = server.accept()
        receive(end, sent)
        end.sendall(b"y" * received)
        end.recv(1)
        end.close()
        os._exit(0)
    client = connected(server)
    server.close()
    note(client=os.getpid(), server=child, port=client.getsockname()[1])
    client.sendall(b"x" * sent)
    receive(client, received)
    time.sleep(milliseconds / 1000)
    client.close()
    os.waitpid(child, 0)


def refused(address, port):
    client = socket.socket(family(address))
    if client.connect_ex((address, port)) == 0:
        sys.exit("somebody listens there")
    note(client=os.getpid())


def reset(address, port):
    server = listening(address, port)
    child = os.fork()
    if child == 0:
        client = connected(server)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        time.sleep(0.05)
        client.close()
        os._exit(0)
    end, _ = server.accept()
    note(client=child, server=os.getpid(), port=end.getpeername()[1])
    os.waitpid(child, 0)
    end.close()


def queue(address, port, count, length):
    server = listening(address, port, length)
    clients = [connected(server) for _ in range(count)]
    for client in clients:
        server.accept()[0].close()
        client.close()


def full(address, port):
    """A queue of no length has room for one."""
    server = listening(address, port, 0)
    first = connected(server)
    # On a busy machine the last packet that connects it comes later.
    select.select([server], [], [], 10)
    second = socket.socket(server.family)
    second.setblocking(False)
    second.connect_ex(server.getsockname())
    note(port=second.getsockname()[1])
    time.sleep(0.3)
    server.accept()[0].close()
    # The packet is repeated after a second.
    select.select([], [second], [], 10)
    first.close()


def lost(address, port):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    server = listening(address, port)
    client = connected(server)
    end, _ = server.accept()
    note(port=client.getsockname()[1])
    # The round trip is measured first, so that a probe is due before the packet is repeated.
    client.sendall(b"x")
    end.recv(1)
    rule = ["INPUT", "-p", "tcp", "--dport", str(port), "-j", "DROP"]
    subprocess.run(["iptables", "-A", *rule], check=True)
    client.sendall(b"y")
    time.sleep(1)
    subprocess.run(["iptables", "-D", *rule], check=True)
    end.recv(1)


def named(name, port):
    try:
        socket.create_connection((name, port))
    except ConnectionRefusedError:
        note(client=os.getpid())


what, address, *numbers = sys.argv[1:]
globals()[what](address, *map(int, numbers))
