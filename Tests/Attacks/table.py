"""Runs every attack of this folder through `mien script run --virtual` and writes how each ended and how long its worst
tick was: python3 Tests/Attacks/table.py PATH_TO_MIEN > Documentation/sandbox.md
"""

import json
import pathlib
import platform
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
RUNS = 20
BUDGET_MS = 4.0


def run(mien, file):
    done = subprocess.run(
        [mien, "script", "run", "--virtual", "--seconds", "2", "--json", "--timing", file.name],
        capture_output=True, text=True, timeout=20, cwd=HERE,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    errors = [line for line in lines if line["event"] == "error"]
    times = [line["worst_ms"] for line in lines if line["event"] == "timing"]
    ending = errors[-1]["cause"] if errors else "finished" if done.returncode == 0 else f"exit {done.returncode}"
    return ending, errors[-1]["text"] if errors else "", max(times, default=0.0)


def main():
    mien = str(pathlib.Path(sys.argv[1]).resolve())
    expected = dict(line.split() for line in (HERE / "expected.txt").read_text().splitlines())
    rows, every, wrong = [], [], 0
    for name, wanted in expected.items():
        file = HERE / f"{name}.lua"
        results = [run(mien, file) for _ in range(RUNS)]
        endings = sorted({ending for ending, _, _ in results})
        times = sorted(time for _, _, time in results)
        every += times
        if not set(endings) <= set(wanted.split("|")):
            wrong += 1
            endings.append("(expected " + wanted + ")")
        message = results[-1][1].replace("|", "\\|").replace("`", "'")
        message = message if len(message) <= 70 else message[:69] + "…"
        number, title = name.split("_", 1)
        rows.append(f"| {number} | {title.replace('_', ' ')} | {', '.join(endings)} | {times[len(times) // 2]:.2f} | {times[-1]:.2f} | {message} |")
        print(name, endings, f"{times[-1]:.2f}", file=sys.stderr)
    every.sort()
    beyond = [max(0.0, time - BUDGET_MS) for time in every]
    print("# The sandbox under attack\n")
    print("Written by `make attack-table`. Every script of `Tests/Attacks`, a process each, "
          f"{RUNS} runs, on {platform.machine()}; times are processor time of the thread that runs scripts.\n")
    print(f"A script may use {BUDGET_MS:g} ms of a motion tick, and usually ends earlier by its budget of 100,000 "
          "instructions. Beyond that time: "
          f"{beyond[int(len(beyond) * 0.99)]:.2f} ms at 99 %, {beyond[-1]:.2f} ms at worst, over {len(every)} runs. "
          f"{wrong} ended otherwise than expected.\n")
    print("| # | attack | ended by | median ms | worst ms | said |\n|---|---|---|---|---|---|")
    print("\n".join(rows))


main()
