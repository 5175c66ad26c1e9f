"""How long one tenant's single job waits, alone and behind another tenant's crowd.

Starts a real installation with one worker of two threads. Every job takes the engine half
a second, so a fair queue adds at most about that: the job that is running already.
"""

import argparse
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from tests.faults.installation import Installation, Tenant

JOB = "{slow 2}"
JOB_SECONDS = 0.5


def single(tenant: Tenant, voice: str) -> float:
    """Return the seconds from submitting one job to its end."""
    began = time.monotonic()
    speech = tenant.say(f"Only me. {JOB}", voice)
    while tenant.speech(speech)["status"] == "PROCESSING":
        time.sleep(0.02)
    return time.monotonic() - began


def main() -> None:
    """Measure, and print both side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crowd", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=9)
    asked = parser.parse_args()
    with Installation() as installation:
        installation.start_web()
        installation.start_scheduler()
        installation.start_worker()
        one = installation.tenant("One")
        many = installation.tenant("Many", credits=1_000_000)
        voice = one.system_voice()
        single(one, voice)  # the worker has loaded everything after this
        alone = [single(one, voice) for _ in range(asked.runs)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: many.say(f"Crowd. {JOB}", voice), range(asked.crowd)))
        crowded = [single(one, voice) for _ in range(asked.runs)]
        waiting = many.get("/tts?status=PROCESSING&limit=1").json()["pagination"]["total"]
    added = statistics.median(crowded) - statistics.median(alone)
    print(f"{asked.runs} single jobs of {JOB_SECONDS} s, one worker of 2 threads")
    print(f"{'':24}{'median s':>10}{'max s':>10}")
    print(f"{'alone':24}{statistics.median(alone):10.2f}{max(alone):10.2f}")
    name = f"behind a crowd of {asked.crowd}"
    print(f"{name:24}{statistics.median(crowded):10.2f}{max(crowded):10.2f}")
    print(f"added by the crowd: {added:.2f} s; {waiting} of its jobs still waited at the end")


if __name__ == "__main__":
    main()
