"""The sensor on the incoming folder: files of a wave that lie there are imported by a run. Off until it is started.

It looks at names, sizes and times alone; a run reads, judges and keeps the files, or fails and says why.
"""

import json

import dagster as dg

from cryptodrug_assets.assets.partitions import waves
from cryptodrug_assets.assets.waves import INCOMING_TAG
from cryptodrug_assets.automation.jobs import interviews_job, survey_job
from cryptodrug_assets.buyers.incoming import FOLDER, KINDS, Incoming, incoming, waves_incoming
from cryptodrug_assets.inert import printable
from cryptodrug_assets.resources.platform import Platform

_EVERY_S = 60
_ASKED = "asked"
_JOBS = {"survey": survey_job, "interviews": interviews_job}


@dg.sensor(jobs=list(_JOBS.values()), minimum_interval_seconds=_EVERY_S, default_status=dg.DefaultSensorStatus.STOPPED)
def incoming_waves(context: dg.SensorEvaluationContext, platform: Platform) -> dg.SensorResult:
    """One run per wave and kind of file, once the files there stayed as they are from one look to the next.

    The same files are asked for once: the run's key is their digest.
    """
    home = platform.settings.home
    seen: dict[str, list[str]] = json.loads(context.cursor or "{}")
    cursor: dict[str, list[str]] = {}
    requests, said = [], []
    declared = waves.get_partition_keys()
    for wave in waves_incoming(home):
        if wave not in declared:
            said.append(f"{FOLDER}/{printable(wave)} is of no declared wave; add its file to data_contracts/studies")
            continue
        for found in (incoming(home, wave, kind) for kind in KINDS):
            if found is None:
                continue
            place, listing = f"{wave}/{found.kind}", found.listing
            before = seen.get(place, [])
            cursor[place] = [listing, _ASKED] if listing in before else [listing]
            if listing not in before:
                said.append(f"files in {FOLDER}/{place} came or changed; the next look takes them")
            elif _ASKED in before:
                said.append(f"a run was asked for with the files in {FOLDER}/{place}")
            else:
                requests.append(_request(found))
    nothing = None if requests else "; ".join(said) or f"nothing lies in {FOLDER}"
    return dg.SensorResult(run_requests=requests, skip_reason=nothing, cursor=json.dumps(cursor, sort_keys=True))


def _request(found: Incoming) -> dg.RunRequest:
    digest = found.digest
    return dg.RunRequest(
        run_key=f"{found.wave}/{found.kind} {digest}",
        partition_key=found.wave,
        job_name=_JOBS[found.kind].name,
        tags={INCOMING_TAG: digest},
    )
