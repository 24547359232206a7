"""Holds `mien simulate` against other people's Dynamixel masters: ROBOTIS' own SDK, rustypot, and the motor driver of
Reachy Mini. Run by `make test-peers`: python Tests/Peers/dynamixel.py PATH_TO_MIEN
"""

import math
import sys
import time

import dynamixel_sdk as sdk
import rustypot
from reachy_mini_motor_controller import ReachyMiniPyControlLoop

from simulator import run

GOAL, PRESENT, TORQUE, TEMPERATURE, ERROR = 116, 132, 64, 146, 70


def master(device):
    port = sdk.PortHandler(device.link)
    assert port.openPort() and port.setBaudRate(1_000_000)
    return port, sdk.PacketHandler(2.0)


def settle(seconds=0.8):
    time.sleep(seconds)


def sdk_pings_every_servo(device):
    port, packets = master(device)
    for number, model in ((1, 1060), (2, 1060), (3, 1060)):
        found, result, error = packets.ping(port, number)
        assert (found, result, error) == (model, 0, 0), (found, result, error)
    assert packets.ping(port, 9)[1] != 0


def sdk_finds_all_by_broadcast(device):
    port, packets = master(device)
    found, result = packets.broadcastPing(port)
    assert result == 0 and sorted(found) == [1, 2, 3], found


def sdk_moves_and_reads_back(device):
    port, packets = master(device)
    assert packets.write1ByteTxRx(port, 1, TORQUE, 1) == (0, 0)
    assert packets.write4ByteTxRx(port, 1, GOAL, 2300) == (0, 0)
    settle()
    value, result, error = packets.read4ByteTxRx(port, 1, PRESENT)
    assert result == 0 and error == 0 and abs(value - 2300) <= 1, value


def sdk_is_told_what_is_wrong(device):
    port, packets = master(device)
    assert packets.write4ByteTxRx(port, 2, GOAL, 4000)[1] == 6  # beyond the servo's own limit
    assert packets.write4ByteTxRx(port, 2, PRESENT, 1)[1] == 7  # read-only
    packets.write1ByteTxRx(port, 2, TORQUE, 1)
    assert packets.write1ByteTxRx(port, 2, 7, 5)[1] == 7  # EEPROM while torque is on


def sdk_writes_and_reads_many_at_once(device):
    port, packets = master(device)
    write = sdk.GroupSyncWrite(port, packets, TORQUE, 1)
    for number in (1, 2, 3):
        write.addParam(number, [1])
    assert write.txPacket() == 0
    goals = {1: 2200, 2: 1900, 3: 2100}
    write = sdk.GroupSyncWrite(port, packets, GOAL, 4)
    for number, goal in goals.items():
        write.addParam(number, list(goal.to_bytes(4, "little")))
    assert write.txPacket() == 0
    settle()
    read = sdk.GroupSyncRead(port, packets, PRESENT, 4)
    for number in goals:
        read.addParam(number)
    assert read.txRxPacket() == 0
    for number, goal in goals.items():
        assert abs(read.getData(number, PRESENT, 4) - goal) <= 1
    fast = sdk.GroupSyncRead(port, packets, PRESENT, 4)
    for number in goals:
        fast.addParam(number)
    assert fast.fastSyncRead() == 0 if hasattr(fast, "fastSyncRead") else True


def sdk_reboots_an_overheated_servo(device):
    port, packets = master(device)
    packets.write1ByteTxRx(port, 1, TORQUE, 1)
    device.ask(do="overheat", servo="neck-yaw")
    settle(0.2)
    value, result, error = packets.read1ByteTxRx(port, 1, ERROR)
    assert result == 0 and value == 1 << 2 and error & 0x80, (value, error)
    assert packets.read1ByteTxRx(port, 1, TORQUE)[0] == 0
    device.ask(do="mend", servo="neck-yaw")
    assert packets.reboot(port, 1) == (0, 0)
    assert packets.read1ByteTxRx(port, 1, ERROR)[:2] == (0, 0)


def sdk_meets_the_bus_watchdog(device):
    port, packets = master(device)
    packets.write1ByteTxRx(port, 1, TORQUE, 1)
    packets.write4ByteTxRx(port, 1, GOAL, 2200)
    assert packets.write1ByteTxRx(port, 1, 98, 5) == (0, 0)  # 100 ms
    settle(0.4)
    assert packets.read1ByteTxRx(port, 1, 98)[0] == 255
    assert packets.write4ByteTxRx(port, 1, GOAL, 2300)[1] == 4
    assert packets.write1ByteTxRx(port, 1, 98, 0) == (0, 0)
    assert packets.write4ByteTxRx(port, 1, GOAL, 2300) == (0, 0)


def rustypot_moves_and_reads_back(device):
    control = rustypot.Xl430PyController(device.link, 1_000_000, 0.1)
    control.sync_write_torque_enable([1, 2, 3], [True, True, True])
    goals = [2200, 1950, 2100]
    control.sync_write_goal_position([1, 2, 3], goals)
    settle()
    found = control.sync_read_present_position([1, 2, 3])
    assert max(abs(a - b) for a, b in zip(found, goals)) <= 1, found


def reachys_own_driver_starts_and_moves_the_head(device):
    from datetime import timedelta

    loop = ReachyMiniPyControlLoop(device.link, timedelta(milliseconds=20), 5, timedelta(seconds=1))
    try:
        loop.enable_torque()
        start = loop.get_last_position()
        rest = math.radians(35.898)
        for index, angle in enumerate(start.stewart):
            assert abs(abs(angle) - rest) < 0.02, start.stewart
        target = [angle + (0.2 if angle > 0 else -0.2) for angle in start.stewart]
        loop.set_stewart_platform_position(target)
        loop.set_body_rotation(0.4)
        loop.set_antennas_positions([0.3, -0.3])
        settle(1.5)
        found = loop.get_last_position()
        assert max(abs(a - b) for a, b in zip(found.stewart, target)) < 0.01, (found.stewart, target)
        assert abs(found.body_yaw - 0.4) < 0.01, found.body_yaw
    finally:
        loop.close()


def main():
    mien = sys.argv[1]
    neck = [
        sdk_pings_every_servo, sdk_finds_all_by_broadcast, sdk_moves_and_reads_back, sdk_is_told_what_is_wrong,
        sdk_writes_and_reads_many_at_once, sdk_reboots_an_overheated_servo, sdk_meets_the_bus_watchdog,
        rustypot_moves_and_reads_back,
    ]
    failed = run("dynamixel-neck-3", neck, mien)
    failed += run("reachy-mini", [reachys_own_driver_starts_and_moves_the_head], mien)
    sys.exit(1 if failed else 0)


main()
