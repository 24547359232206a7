"""Reads Mien's recordings with the official Python mcap reader: no code of Mien's is used.

usage: mcap.py MIEN
Records runs on the virtual and on the machine's clock, kills one, fills a disk, and holds every message against its
JSON schema.
"""

import base64
import hashlib
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time

# This file has the package's name, so its folder is searched last.
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path = [entry for entry in sys.path if os.path.abspath(entry or ".") != HERE] + [HERE]

from jsonschema import Draft202012Validator  # noqa: E402
from mcap.reader import NonSeekingReader, make_reader  # noqa: E402
from mcap.records import Chunk  # noqa: E402
from mcap.stream_reader import StreamReader  # noqa: E402

from broker import Listener, Mosquitto  # noqa: E402


def check(condition, sentence):
    if not condition:
        raise SystemExit(f"mcap: FAILED: {sentence}")
    print(f"mcap: {sentence}")


def read(path, stride=1):
    """All messages by topic, each decoded and (every `stride`th) held against its schema."""
    validators, topics = {}, {}
    with open(path, "rb") as file:
        for number, (schema, channel, message) in enumerate(make_reader(file, validate_crcs=True).iter_messages()):
            if schema.id not in validators:
                assert schema.encoding == "jsonschema" and channel.message_encoding == "json"
                parsed = json.loads(schema.data)
                Draft202012Validator.check_schema(parsed)
                validators[schema.id] = Draft202012Validator(parsed)
            value = json.loads(message.data, parse_constant=lambda name: 1 / 0)
            if number % stride == 0:
                validators[schema.id].validate(value)
            topics.setdefault(channel.topic, []).append((message, value))
    return topics


def linear(path):
    """How many messages stand in the file, and that its checksums are right, without the index."""
    with open(path, "rb") as file:
        count = sum(1 for _ in NonSeekingReader(file, validate_crcs=True).iter_messages(log_time_order=False))
    with open(path, "rb") as file:
        compressions = {
            record.compression for record in StreamReader(file, emit_chunks=True).records if isinstance(record, Chunk)
        }
    return count, compressions


def run(mien, *arguments, **options):
    return subprocess.run([mien, "run", *arguments], capture_output=True, text=True, **options)


def is_well(done):
    """Whether a run ended as it should; frames that a starved line left out look like leaps to a simulated servo."""
    if done.returncode != 1:
        return done.returncode == 0
    summary = json.loads(done.stdout)
    overwritten = sum(bus["overwritten"] for bus in summary["buses"])
    print(f"mcap: other work kept the servos' line, {overwritten} frames were left out")
    return summary["limits"]["violations"] == 0 and overwritten > 0


def virtual(mien, folder):
    path = f"{folder}/virtual.mcap"
    run_again = [run(mien, "--virtual", "--models", "none", "--seconds", "6", "--record", path, "--json")]
    first = open(path, "rb").read()
    summary = json.loads(run_again[0].stdout)
    topics = read(path)
    with open(path, "rb") as file:
        reader = make_reader(file)
        summary_record = reader.get_summary()
        attachments = {a.name: a.data for a in reader.iter_attachments()}
        metadata = {m.name: m.metadata for m in reader.iter_metadata()}
    total = sum(len(messages) for messages in topics.values())
    check(total == summary["recording"]["messages"], f"{total} messages of {len(topics)} topics obey their schemas")
    statistics = summary_record.statistics
    check(
        statistics.message_count == total
        and statistics.chunk_count == len(summary_record.chunk_indexes) > 0
        and statistics.attachment_count == len(attachments)
        and statistics.metadata_count == len(metadata),
        "the statistics and the index agree with the messages",
    )
    counts = {summary_record.channels[id].topic: n for id, n in statistics.channel_message_counts.items()}
    check(counts == {topic: len(m) for topic, m in topics.items()}, "so do the channels' counts")
    count, compressions = linear(path)
    check(count == total and compressions == {"zstd"}, "read without the index the file is the same, its CRCs right")
    sent = b"".join(base64.b64decode(value["bytes"]) for _, value in topics["/bus/face"])
    check(
        hashlib.sha256(sent).hexdigest() == summary["buses"][0]["sha256"] and len(sent) == summary["buses"][0]["bytes"],
        f"the {len(sent)} bytes recorded of the bus are those that were sent (SHA-256)",
    )
    ticks = [value["tick"] for _, value in topics["/control"]]
    check(ticks == list(range(summary["control"]["ticks"])), "every control tick is there")
    check([v["tick"] for _, v in topics["/targets"]] == ticks, "so are its targets")
    check(len(topics["/person"]) == len(topics["/motion"]) == 150, "and 6 s of person and motion at 25 Hz")
    robot = os.path.join(os.environ.get("MIEN_HOME", "."), "Robots/maestro-face-23.yaml")
    check(attachments["robot.yaml"] == open(robot, "rb").read(), "the robot's file is attached")
    head = metadata["mien"]
    digest = hashlib.sha256(attachments["robot.yaml"]).hexdigest()
    check(head["sha256_robot"] == digest and head["seed"] == "0", "hashes and seed are in the metadata")
    run(mien, "--virtual", "--models", "none", "--seconds", "6", "--record", path)
    check(open(path, "rb").read() == first, "the same run gives the same file")


def real(mien, folder):
    path = f"{folder}/real.mcap"
    began = time.time()
    done = run(mien, "--models", "none", "--seconds", "3", "--record", path, "--json")
    summary = json.loads(done.stdout)
    topics = read(path)
    sent = b"".join(base64.b64decode(value["bytes"]) for _, value in topics["/bus/face"])
    check(
        hashlib.sha256(sent).hexdigest() == summary["buses"][0]["sha256"],
        f"on the machine's clock the {len(sent)} bytes are those that were sent",
    )
    check(summary["recording"]["dropped"] == 0, "nothing found its queue full")
    times = [message.log_time / 1e9 for message, _ in topics["/control"]]
    check(began - 1 < times[0] < times[-1] < time.time() + 1, "messages carry the wall's time")


def killed(mien, folder, rounds):
    """SIGKILL at any moment: the file opens, and lacks no more than the last second."""
    generator = random.Random(3)
    worst = 0.0
    for number in range(rounds):
        path = f"{folder}/killed.mcap"
        child = subprocess.Popen(
            [mien, "run", "--models", "none", "--record", path, "--name", f"killed-{number}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        time.sleep(generator.uniform(2, 3.5))
        end = time.time()
        child.send_signal(signal.SIGKILL)
        child.wait()
        topics = read(path, stride=7)
        worst = max(worst, end - max(m.log_time for m, _ in topics["/control"]) / 1e9)
        ticks = [value["tick"] for _, value in topics["/control"]]
        if ticks[0] != 0 or linear(path)[0] == 0:
            check(False, "the beginning is there")
    check(worst < 1, f"{rounds} times killed, the file opens and lacks at most {worst:.2f} s")


def verified(mien, folder):
    """The controller run again from the file does the same; from one with a changed byte it does not."""
    for clock in [["--virtual"], []]:
        path = f"{folder}/verified.mcap"
        run(mien, *clock, "--seconds", "4", "--script", "04_greeting", "--record", path)
        done = subprocess.run([mien, "replay", "--verify", path], capture_output=True, text=True)
        check(done.returncode == 0 and done.stdout.startswith("equal, bit for bit"), done.stdout.strip())
    plots = subprocess.run([mien, "plot", "--png", path], capture_output=True, text=True)
    pictures = [file for file in plots.stdout.split("\n") if file.endswith(".png")]
    check(len(plots.stdout.split()) == 8 and plots.returncode == 0, f"four figures are drawn as SVG and PNG {plots.stderr}")
    for file in pictures:
        with open(os.path.join(folder, os.path.basename(file)), "rb") as picture:
            head = picture.read(24)
        width, height = struct.unpack(">II", head[16:])
        check(head[:8] == b"\x89PNG\r\n\x1a\n" and width > 1000 and height > 100, f"{os.path.basename(file)}: {width} x {height}")


def replayed(mien, folder):
    """A recording played to a robot on a broker: its faces are the recorded ones, in their order and at their pace."""
    path = f"{folder}/played.mcap"
    run(mien, "--virtual", "--seconds", "12", "--record", path)
    recorded = [value["channels"] for _, value in read(path, stride=50)["/motion"] if value.get("channels")]
    broker = Mosquitto()
    listener = Listener(broker.port, ["mien/played/face", "mien/played/availability"])
    done = subprocess.run(
        [mien, "replay", path, "--mqtt", f"mqtt://127.0.0.1:{broker.port}", "--name", "played", "--dashboard", "none",
         "--json"], capture_output=True, text=True)
    check(is_well(done) and json.loads(done.stdout)["limits"]["violations"] == 0, f"a recording is played {done.stderr}")
    listener.wait(lambda heard: heard.newest["mien/played/availability"].payload == b"offline", 10)
    heard = [json.loads(message.payload) for _, message in listener.heard if message.topic.endswith("/face")]
    listener.close()
    broker.close()
    names = list(heard[0]["coefficients"])
    places = []
    for face in heard:
        errors = [max(abs((frame.get(name) or 0) - face["coefficients"][name]) for name in names) for frame in recorded]
        best = min(range(len(errors)), key=errors.__getitem__)
        if errors[best] < 1e-3:
            places.append(best)
    check(len(places) > 0.8 * len(heard) > 20, f"{len(places)} of {len(heard)} faces heard are recorded frames")
    check(places == sorted(places) and places[-1] - places[0] > 200, "in their order, from the beginning to the end")


def attached(mien, folder):
    """`mien record` records a run that goes on."""
    path = f"{folder}/attached.mcap"
    child = subprocess.Popen(
        [mien, "run", "--models", "none", "--name", "attached"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in range(50):
        time.sleep(0.2)
        done = subprocess.run(
            [mien, "record", path, "--robot", "attached", "--seconds", "2"], capture_output=True, text=True
        )
        if done.returncode == 0:
            break
    child.terminate()
    child.wait()
    topics = read(path)
    check(done.returncode == 0 and 150 < len(topics["/control"]) < 400, f"attached: {done.stdout.strip()}")


def broken(mien, folder):
    """No place to write: one clear line, and the robot goes on."""

    def goes_on(path, what, expected, seconds="2", **options):
        done = run(mien, "--models", "none", "--seconds", seconds, "--record", path, "--json", **options)
        lines = [line for line in done.stderr.splitlines() if "record" in line]
        check(
            is_well(done) and len(lines) == 1 and expected in lines[0] and "the robot goes on" in lines[0],
            f"{what}: {lines}",
        )
        check(json.loads(done.stdout)["control"]["ticks"] > 100, "and the robot went on")

    goes_on("/nowhere/at/all.mcap", "no such folder", "No such file or directory")
    goes_on("/dev/full", "a full device", "No space left on device")
    goes_on(folder, "a folder", "Is a directory")
    disk, copy = f"{folder}/disk", f"{folder}/full.mcap"
    os.mkdir(disk)
    script = (
        f'mount -t tmpfs -o size=256k none {disk} || exit 77; "$0" run --models none --seconds 6 --json '
        f"--record {disk}/full.mcap; code=$?; cp {disk}/full.mcap {copy}; exit $code"
    )
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script, mien], capture_output=True, text=True)
    if done.returncode == 77 or "unshare" in done.stderr:
        print("mcap: a full disk: SKIPPED, no file system may be mounted here")
    else:
        lines = [line for line in done.stderr.splitlines() if "No space left" in line]
        check(is_well(done) and len(lines) == 1, f"a full disk: {lines}")
        check(len(read(copy)["/control"]) > 50, "what was written before opens")
    path = f"{folder}/limited.mcap"
    limit = 150_000

    def limited():
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    goes_on(path, "a file that may not grow", "File too large", seconds="5", preexec_fn=limited)
    topics = read(path)
    check(
        os.path.getsize(path) <= limit and len(topics["/control"]) > 50,
        f"what was written before opens: {len(topics['/control'])} ticks",
    )


def main():
    mien = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        virtual(mien, folder)
        real(mien, folder)
        killed(mien, folder, rounds=int(os.environ.get("ROUNDS", "3")))
        verified(mien, folder)
        replayed(mien, folder)
        attached(mien, folder)
        broken(mien, folder)
    print("mcap: all is well")


main()
