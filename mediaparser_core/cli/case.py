"""Print one picture's case."""

from __future__ import annotations

import json
from typing import Any

from mediaparser_core.cli.session import Session


def print_case(session: Session, case: dict[str, Any]) -> None:
    """What ``explain`` says: first the answer, then the evidence."""
    asset = case["asset"]
    session.print(f"{asset['first_path']}")
    session.print(f"  sha256      {asset['sha256']}")
    pixels = f", {asset['width']}x{asset['height']}" if asset["width"] else ""
    length = f", {asset['duration']:.1f} s" if asset["duration"] else ""
    session.print(f"  content     {asset['kind']} ({asset['format']}), {asset['size']} bytes{pixels}{length}")
    if camera := " ".join(str(asset[key]) for key in ("make", "model") if asset[key]):
        session.print(f"  camera      {camera}")
    session.print(f"  taken       {_taken(asset)}")
    session.print(f"  because     {asset['reason']}  [{asset['rule']}, {asset['level']}, {asset['confidence']:.2f}]")
    session.print("Claims")
    for claim in case["claims"]:
        mark = "+" if claim["accepted"] else "-"
        value = claim["value"] or claim["raw"] or "nothing"
        offset = f" {claim['utc_offset']}" if claim["utc_offset"] else ""
        session.print(f"  {mark} {claim['source']}: {value}{offset} — {claim['reason'] or 'taken as evidence'}")
    if not case["claims"]:
        session.print("  none")
    for witness in case["witnesses"]:
        session.print(f"  ~ {told(witness)}")
    _print_neighbours(session, case)


def told(witness: dict[str, Any]) -> str:
    """What a map or another file says about this one."""
    by = f" ({witness['path']})" if witness["path"] else ""
    match witness["kind"]:
        case "zone":
            return f"its position lies in the zone {witness['detail']}"
        case "trip":
            return f"others of the same trip were in the zone {witness['detail'] or witness['utc_offset']}{by}"
        case "lookalike":
            return f"the same picture was taken {witness['value']}{by}"
        case "between":
            return f"its neighbours were taken {witness['value']} and {witness['until']}{by}"
        case "clock" if witness["detail"] == "off":
            return (
                f"its camera's clock lacked {witness['seconds']:+g} seconds then; see 'mediaparser review --kind clock'"
            )
        case "clock":
            return f"its camera's clock was {witness['detail']} then, by other pictures of the outing"
        case kind:
            return f"{kind}: {witness['value'] or witness['detail']}"


def _taken(asset: dict[str, Any]) -> str:
    if not asset["taken_at"]:
        return "unknown"
    return f"{asset['taken_at']} {asset['utc_offset'] or '(zone unknown)'}, precise to the {asset['precision']}"


def _print_neighbours(session: Session, case: dict[str, Any]) -> None:
    if len(case["files"]) > 1:
        session.print("Files with these bytes")
        for file in case["files"]:
            session.print(f"  {file['path']} ({file['state']})")
    if case["bundle"]:
        session.print("Belongs together with")
        for member in case["bundle"]:
            session.print(f"  {member['role']}: {member['path']}  [{member['rule']}]")
    for group in case["groups"]:
        state = "settled" if group["settled"] else f"open: decide accept group:{group['group_id']}"
        session.print(f"Group {group['group_id']} ({group['kind']}, {state}): {group['reason']}")
        for sha in json.loads(group["members"]):
            session.print(f"  {sha[:12]}{'  suggested to keep' if sha == group['keeper'] else ''}")
    for receipt in case["receipts"]:
        until = f", taken back {receipt['withdrawn_at']}" if receipt["withdrawn_at"] else ""
        session.print(f"Exported as {receipt['target']} on {receipt['at']}{until}")
    for standing in case["standing"]:
        if not standing["wanted"]:
            session.print(f"Not exported: {standing['reason']}")
    for trouble in case["troubles"]:
        session.print(f"Trouble ({trouble['probe']}): {trouble['message']}")
    for decision in case["decisions"]:
        value = f" {decision['value']}" if decision["value"] else ""
        session.print(
            f"Decision {decision['number']}: {decision['verb']}{value} by {decision['actor']} on {decision['at']}"
        )
