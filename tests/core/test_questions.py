from __future__ import annotations

import pytest

from mediaparser_core.review.questions import by_cause, cause_of_doubt, questions


def doubt(sha, path, taken_at="2019-05-04", reason="Received.", **more):
    return {
        "sha256": sha, "first_path": path, "taken_at": taken_at, "utc_offset": None, "rule": "received",
        "confidence": 0.4, "reason": reason, "suggestion": None,
    } | more  # fmt: skip


def alike(group_id, *members, keeper=None, kind="similar", confidence=0.9):
    rows = [{"sha256": sha, "first_path": f"/in/{sha}.jpg"} for sha in members]
    return {
        "group_id": group_id, "kind": kind, "confidence": confidence, "keeper": keeper or members[0],
        "reason": "more pixels", "members": rows,
    }  # fmt: skip


def trouble(path, message="truncated", sha=None):
    return {"path": path, "sha256": sha, "probe": "pictures", "message": message}


def offer(question, camera, seconds, since, until, *assets):
    return {
        "question": question, "camera": camera, "seconds": seconds, "since": since, "until": until, "files": len(assets),
        "evidence": "its clock was off" if seconds else "nobody knows", "confidence": 0.9 if seconds else 0.0,
        "assets": list(assets), "paths": [f"/in/{sha}.jpg" for sha in assets],
    }  # fmt: skip


def test_doubts_with_one_cause_are_one_question_with_the_count():
    rows = [
        doubt("a", "/in/WhatsApp/1.jpg", "2019-05-04"),
        doubt("b", "/in/other/2.jpg"),
        doubt("c", "/in/WhatsApp/3.jpg", "2021-01-01"),
        doubt("d", "/in/WhatsApp/4.jpg", reason="Another."),
    ]
    found = questions(rows, [], [])
    assert [(q["count"], q["subject"]) for q in found] == [(3, ["a", "b", "c"]), (1, ["d"])]
    assert found[0]["question"] == "Are the dates of 3 files in /in right (2019-05-04 … 2021-01-01)?"
    assert found[0]["folders"] == [{"folder": "/in/WhatsApp", "count": 2}, {"folder": "/in/other", "count": 1}]
    assert found[1]["question"] == "Was 4.jpg taken 2019-05-04?"
    assert sum(q["count"] for q in found) == len(rows)
    assert len({q["name"] for q in found}) == 2
    assert questions(rows[:1], [], [])[0]["name"] == found[0]["name"]


CLOCK = "The date of taking inside the file decides; {}but this camera's clock was often off."


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ({"reason": "Received; the folder agrees."}, {"reason": "Received; its position tells the zone."}, True),
        ({"reason": "A; but two dates."}, {"reason": "B; but two dates; C agrees."}, True),
        ({"reason": "A; but two dates."}, {"reason": "A; but the folder says otherwise."}, False),
        ({"reason": CLOCK.format(""), "model": "D90"}, {"reason": CLOCK.format("x; "), "model": "D90"}, True),
        ({"reason": CLOCK.format(""), "model": "D90"}, {"reason": CLOCK.format(""), "model": "X-T20"}, False),
        ({"reason": "Received.", "model": "D90"}, {"reason": "Received.", "model": "X-T20"}, True),
    ],
)
def test_what_else_was_heard_makes_no_other_question(one, other, together):
    rows = [doubt("a", "/in/1.jpg", **one), doubt("b", "/other/2.jpg", **other)]
    assert len(questions(rows, [], [])) == (1 if together else 2)


def test_all_that_was_wrong_with_one_clock_is_one_question_and_no_doubt_besides():
    clocks = [
        offer(1, "NIKON CORPORATION|NIKON D90|", 3600.0, "2012-07-01T10:00:00", "2012-07-01T12:00:00", "a", "b"),
        offer(1, "NIKON CORPORATION|NIKON D90|", -86400.0, "2013-07-01T10:00:00", "2013-07-01T12:00:00", "c"),
        offer(1, "NIKON CORPORATION|NIKON D90|", 0.0, "2014-07-01T10:00:00", "2014-07-01T12:00:00", "d"),
    ]
    rows = [doubt(sha, f"/in/{sha}.jpg") for sha in "abcd"] + [
        doubt("copy", "/in/small.jpg", leans_on="a"),
        doubt("x", "/y"),
    ]
    clock, date = questions(rows, [], [], clocks)
    assert (clock["kind"], clock["count"], clock["name"]) == ("clock", 4, "clock:1")
    assert clock["subject"] == ["NIKON CORPORATION|NIKON D90|"]
    assert (
        clock["question"]
        == "The clock of NIKON D90 was wrong 2 times (3 files): put it right? Of 1 file nothing tells."
    )
    first, second = "2012-07-01T10:00:00..2012-07-01T12:00:00", "2013-07-01T10:00:00..2013-07-01T12:00:00"
    third = "2014-07-01T10:00:00..2014-07-01T12:00:00"
    assert [option["value"] for option in clock["options"]] == [
        f"+3600 {first}, -86400 {second}",
        f"+3600 {first}, -86400 {second}, +0 {third}",
        f"+0 {first}, +0 {second}, +0 {third}",
    ]
    assert date["subject"] == ["x"]


def test_where_nothing_but_doubt_is_left_the_clock_may_be_trusted():
    (clock,) = questions([], [], [], [offer(7, "Canon|EOS 450D|1", 0.0, "2014-07-01", "2014-07-02", "d")])
    assert "was it right" in clock["question"]
    assert [option["value"] for option in clock["options"]] == ["+0 2014-07-01..2014-07-02"]


def test_causes_are_folder_rule_and_reason():
    rows = [doubt("a", "/in/1.jpg"), doubt("b", "/in/2.jpg", rule="scan"), doubt("c", "/in/3.jpg")]
    assert [[row["sha256"] for row in each] for each in by_cause(rows, cause_of_doubt)] == [["a", "c"], ["b"]]


def test_an_undated_file_is_asked_about_with_the_file_systems_hint():
    (hinted,) = questions([doubt("a", "/x/1.jpg", None, suggestion="2020-01-01T00:00:00")], [], [])
    (blank,) = questions([doubt("b", None, None)], [], [])
    assert (hinted["question"], hinted["suggestion"]) == ("When was 1.jpg taken?", "2020-01-01T00:00:00")
    assert [option["verb"] for option in hinted["options"]] == ["accept", "set-date"]
    assert [option["verb"] for option in blank["options"]] == ["set-date"]


def test_a_group_asks_which_one_to_keep():
    (question,) = questions([], [alike(7, "a", "b", "c", keeper="b")], [])
    assert question["question"] == "3 files look like the same picture: is b.jpg the one to keep?"
    assert (question["kind"], question["group_id"], question["suggestion"]) == ("similar", 7, "b")
    assert question["subject"] == ["a", "b", "c"]
    assert [option["verb"] for option in question["options"]] == ["accept", "keep", "different"]


def test_groups_come_first_and_the_surest_of_them_in_front():
    found = questions(
        [doubt("x", "/in/1.jpg")],
        [alike(1, "a", "b", kind="burst"), alike(2, "c", "d", confidence=0.5), alike(3, "e", "f", confidence=0.95)],
        [trouble("/in/2.jpg"), trouble("/in/3.jpg", sha="t"), trouble("/in/4.jpg", "empty")],
    )
    assert [q["kind"] for q in found] == ["similar", "similar", "burst", "date", "trouble", "trouble"]
    assert [q["group_id"] for q in found[:3]] == [3, 2, 1]
    assert [(q["count"], q["subject"]) for q in found[-2:]] == [(2, ["t"]), (1, [])]


def test_every_question_has_the_same_keys():
    clocks = [offer(1, "Canon||", 3600.0, "2012", "2013", "c")]
    found = questions([doubt("x", "/in/1.jpg")], [alike(1, "a", "b")], [trouble("/in/2.jpg")], clocks)
    assert [question["kind"] for question in found] == ["similar", "clock", "date", "trouble"]
    keys = {"name", "kind", "subject", "count", "question", "suggestion", "options", "confidence", "reason", "paths"}
    assert all(keys <= question.keys() for question in found)
