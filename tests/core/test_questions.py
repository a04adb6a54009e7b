from __future__ import annotations

from mediaparser_core.questions import by_cause, cause_of_doubt, questions


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


def test_doubts_with_one_cause_are_one_question_with_the_count():
    rows = [
        doubt("a", "/in/WhatsApp/1.jpg", "2019-05-04"),
        doubt("b", "/in/other/2.jpg"),
        doubt("c", "/in/WhatsApp/3.jpg", "2021-01-01"),
        doubt("d", "/in/WhatsApp/4.jpg", reason="Another."),
    ]
    found = questions(rows, [], [])
    assert [(q["count"], q["subject"]) for q in found] == [(2, ["a", "c"]), (1, ["d"]), (1, ["b"])]
    assert found[0]["question"] == "Are the dates of 2 files in /in/WhatsApp right (2019-05-04 … 2021-01-01)?"
    assert found[1]["question"] == "Was 4.jpg taken 2019-05-04?"
    assert sum(q["count"] for q in found) == len(rows)


def test_causes_are_folder_rule_and_reason():
    rows = [doubt("a", "/in/1.jpg"), doubt("b", "/in/2.jpg", rule="scan"), doubt("c", "/in/3.jpg")]
    assert [[row["sha256"] for row in each] for each in by_cause(rows, cause_of_doubt)] == [["a", "c"], ["b"]]


def test_an_undated_file_is_asked_about_with_the_file_systems_hint():
    hinted, blank = questions(
        [doubt("a", "/x/1.jpg", None, suggestion="2020-01-01T00:00:00"), doubt("b", None, None)], [], []
    )[::-1]
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
    found = questions([doubt("x", "/in/1.jpg")], [alike(1, "a", "b")], [trouble("/in/2.jpg")])
    keys = {"kind", "subject", "count", "question", "suggestion", "options", "confidence", "reason", "paths"}
    assert all(keys <= question.keys() for question in found)
