"""What the playbook asks of one Cassandra node and of whoever runs it: an Ansible module, so that a task starts one program only.

Answers when it began and how long it took, in milliseconds: all of it counts as the engine's own time, each start of nodetool, too.
"""

import os
import re
import socket
import subprocess

from ansible.module_utils.asking import Refused, answer, holds, supervisor, until

LIMIT_S = 600


def nodetool(host, *args):
    program = os.path.join(host["releasesDir"], "current", "bin", "nodetool")
    ended = subprocess.run(
        [program, "-h", "127.0.0.1", "-p", str(host["jmxPort"]), *args], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    if ended.returncode != 0:
        raise Refused(f"nodetool {args[0]} ended with {ended.returncode}: {ended.stderr.strip()[:300]}")
    return ended.stdout


def listens(address, port):
    with socket.socket() as door:
        return door.connect_ex((address, port)) == 0


def version(host):
    return nodetool(host, "version").strip().removeprefix("ReleaseVersion: ")


def normal(host):
    return re.findall(r"^UN\s+(\S+)", nodetool(host, "status"), re.M)


def schema(host):
    described = nodetool(host, "describecluster")
    versions = re.findall(r"^\s+[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}: \[", described, re.M)
    # Nodes of other releases differ in their system tables.
    holds("the schema is agreed on", "UNREACHABLE: [" not in described and 1 <= len(versions) <= 2)


def streams(host):
    told = nodetool(host, "netstats")
    holds("it streams nothing", "Mode: NORMAL" in told and "Not sending any streams." in told)


def repairs(host):
    busy = re.findall(r"^(?:AntiEntropyStage|ValidationExecutor|Repair\S*)\s+([1-9]\d*)\s", nodetool(host, "tpstats"), re.M)
    holds("it works for no repair", not busy)


def formats(host):
    for folder, folders, files in os.walk(os.path.join(host["data"], "data")):
        folders[:] = [name for name in folders if name not in ("snapshots", "backups")]
        for name in files:
            holds(f"{name} has the current format", not name.endswith("-Data.db") or name.startswith("nb-"))


def room(host):
    disk = os.statvfs(host["data"])
    holds("500 MB are free", disk.f_bavail * disk.f_frsize > 500_000_000)


def program(host):
    path = os.path.join(host["releasesDir"], host["release"], "bin", "cassandra")
    told = subprocess.run([path, "-v"], capture_output=True, text=True, timeout=LIMIT_S, check=True).stdout.strip()
    holds(f"it is {host['to']}", told == host["to"])


def ready(host):
    until("it takes clients", lambda: listens(*host["ports"][0]), LIMIT_S, 0.01)
    holds("it serves clients", nodetool(host, "statusbinary").strip() == "running")
    holds(f"it runs {host['to']}", version(host) == host["to"])


VERBS = {
    "was": lambda host: holds(f"it runs {host['from']}", version(host) == host["from"]),
    "runs": lambda host: holds(f"it runs {host['to']}", version(host) == host["to"]),
    "ring": lambda host: holds("every node is up and normal", len(normal(host)) == host["members"]),
    "schema": schema,
    "streams": streams,
    "repairs": repairs,
    "formats": formats,
    "room": room,
    "program": program,
    "disablebinary": lambda host: nodetool(host, "disablebinary"),
    "disablegossip": lambda host: nodetool(host, "disablegossip"),
    "drain": lambda host: nodetool(host, "drain"),
    "stop": lambda host: supervisor(host, "stop", LIMIT_S),
    "closed": lambda host: holds("nothing listens", not any(listens(*port) for port in host["ports"])),
    "start": lambda host: supervisor(host, "start", LIMIT_S),
    "ready": ready,
    "seen": lambda host: until("seen by a peer", lambda: host["address"] in normal({**host, **host["peer"]}), LIMIT_S, 0.01),
}


answer(VERBS)
