"""Holds `mien simulate` against Feetech's own SDK, whose servos of both byte orders hang on one line.
Run by `make test-peers`: python Tests/Peers/feetech.py PATH_TO_MIEN
"""

import sys
import time

import scservo_sdk as sdk

from simulator import run


def master(device, order):
    port = sdk.PortHandler(device.link)
    assert port.openPort() and port.setBaudRate(1_000_000)
    return port, words(order)


def words(order):
    """0: low byte first (STS), 1: high byte first (SCS). The SDK keeps this for the whole process."""
    return sdk.PacketHandler(order)


def soon(ask, is_right, seconds=30):
    """What is asked for until it is right: the SDK waits milliseconds for an answer, a busy machine may take longer."""
    end = time.monotonic() + seconds
    while True:
        try:
            said = ask()
        except IndexError:
            # The SDK reads past the end of an answer that did not come in time.
            said = (None, None, None)
        if is_right(said):
            return said
        assert time.monotonic() < end, said
        time.sleep(0.05)


def both_families_answer_pings(device):
    port, sts = master(device, 0)
    soon(lambda: sts.ping(port, 8), lambda said: said == (777, 0, 0))
    assert sts.ping(port, 30)[1] != 0
    soon(lambda: words(1).ping(port, 1), lambda said: said == (1284, 0, 0))


def each_moves_in_its_own_byte_order(device):
    port, _ = master(device, 0)
    servos = ((0, 8, 2200), (1, 1, 600))
    for order, number, goal in servos:
        packets = words(order)
        soon(lambda: packets.write1ByteTxRx(port, number, 40, 1), lambda said: said == (0, 0))
        soon(lambda: packets.write2ByteTxRx(port, number, 42, goal), lambda said: said == (0, 0))
    for order, number, goal in servos:
        soon(lambda: words(order).read2ByteTxRx(port, number, 56),
             lambda said: said[1:] == (0, 0) and said[0] is not None and abs(said[0] - goal) <= 1)


def many_are_written_at_once(device):
    port, scs = master(device, 1)
    torque = sdk.GroupSyncWrite(port, scs, 40, 1)
    goals = sdk.GroupSyncWrite(port, scs, 42, 2)
    for number in (1, 2, 3):
        torque.addParam(number, [1])
        goals.addParam(number, [550 >> 8, 550 & 0xFF])
    assert torque.txPacket() == 0 and goals.txPacket() == 0
    for number in (1, 2, 3):
        soon(lambda: scs.read2ByteTxRx(port, number, 56), lambda said: said[1] == 0 and abs(said[0] - 550) <= 1)


def an_overloaded_servo_says_so(device):
    port, sts = master(device, 0)
    soon(lambda: sts.write1ByteTxRx(port, 8, 40, 1), lambda said: said[0] == 0)
    device.ask(do="overload", servo="jaw")
    soon(lambda: sts.read2ByteTxRx(port, 8, 56), lambda said: said[1:] == (0, 32))


sys.exit(
    1
    if run(
        "feetech-face-8",
        [
            both_families_answer_pings, each_moves_in_its_own_byte_order, many_are_written_at_once,
            an_overloaded_servo_says_so,
        ],
        sys.argv[1],
    )
    else 0
)
