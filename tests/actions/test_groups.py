"""Groups, who is in them, and as what."""

import threading

import pytest


def roles(person, group):
    return {one["user_id"]: one["role"] for one in person.get(f"/api/groups/{group}/members")["members"]}


def test_whoever_creates_a_group_owns_it_and_everybody_in_it_hears(cast):
    cursor = cast.ben.cursor()
    made = cast.cleo.post("/api/groups", {"name": "  Night   shift ", "member_ids": [cast.ben.id]})["group"]
    assert made["name"] == "Night shift" and made["role"] == "owner" and made["member_count"] == 2 and not made["is_primary"]
    joined = [event["data"] for event in cast.ben.updates(cursor)["events"] if event["kind"] == "group.joined"]
    assert [one["group"]["id"] for one in joined] == [made["id"]] and joined[0]["group"]["role"] == "member"
    assert cast.dan.get("/api/groups")["groups"] == cast.dan.get("/api/state")["groups"]
    cast.dan.get(f"/api/groups/{made['id']}", status=404)


@pytest.mark.parametrize(("name", "status"), [("", 422), (" ", 422), ("x" * 101, 422), ("a\0", 422), (5, 400), (None, 400)])
def test_a_group_needs_a_proper_name(cast, name, status):
    cast.ana.post("/api/groups", {"name": name}, status)


def test_owners_rename_a_group_and_members_may_not(cast):
    cursor = cast.cleo.cursor()
    cast.ben.patch(f"/api/groups/{cast.den}", {"name": "ours"}, status=403)
    assert cast.ana.patch(f"/api/groups/{cast.den}", {"name": "The den"})["group"]["name"] == "The den"
    events = cast.cleo.updates(cursor)["events"]
    assert [(one["kind"], one["data"]["group"]["name"]) for one in events] == [("group.changed", "The den")]


def test_a_deleted_group_is_gone_for_everybody_at_once(cast, second_app):
    cursor = cast.ben.cursor()
    cast.ana.say("last words", group=cast.den)
    cast.ben.delete(f"/api/groups/{cast.den}", status=403)
    cast.ana.delete(f"/api/groups/{cast.den}")
    assert cast.ben.kinds(cursor) == ["group.deleted"]
    for person in (cast.ana, cast.ben.at(second_app)):
        person.get(f"/api/groups/{cast.den}", status=404)
        person.get(f"/api/groups/{cast.den}/messages", status=404)
        assert [one["id"] for one in person.get("/api/groups")["groups"]] == [cast.hall]


def test_the_primary_group_stays_and_keeps_everybody(cast):
    cast.ana.delete(f"/api/groups/{cast.hall}", status=409)
    cast.ana.delete(f"/api/groups/{cast.hall}/members/{cast.ben.id}", status=409)
    cast.ben.delete(f"/api/groups/{cast.hall}/members/{cast.ben.id}", status=409)
    assert set(roles(cast.dan, cast.hall)) == {cast.ana.id, cast.ben.id, cast.cleo.id, cast.dan.id}


def test_members_bring_others_in_who_see_the_whole_history_and_start_read(cast):
    cast.ana.say("before you came", group=cast.den)
    cursor = cast.dan.cursor()
    added = cast.ben.post(f"/api/groups/{cast.den}/members", {"user_id": cast.dan.id})["member"]
    assert added["role"] == "member"
    joined = [one for one in cast.dan.updates(cursor)["events"] if one["kind"] == "group.joined"][0]["data"]["group"]
    assert (joined["last_number"], joined["read_mark"]) == (1, 1)
    assert [one["content"] for one in cast.dan.get(f"/api/groups/{cast.den}/messages")["messages"]] == ["before you came"]
    assert cast.ben.post(f"/api/groups/{cast.den}/members", {"user_id": cast.dan.id})["member"] == added


def test_a_removed_member_sees_nothing_from_then_on(cast):
    cast.ana.say("for members", group=cast.den)
    cursor = cast.ben.cursor()
    cast.cleo.delete(f"/api/groups/{cast.den}/members/{cast.ben.id}", status=403)
    cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.ben.id}")
    cast.ana.say("after", group=cast.den)
    assert cast.ben.updates(cursor)["events"] == [{"kind": "member.removed", "data": {"group_id": cast.den, "user_id": cast.ben.id}}]
    for path in ("", "/messages", "/members", "/invites"):
        cast.ben.get(f"/api/groups/{cast.den}{path}", status=404)
    cast.ben.post(f"/api/groups/{cast.den}/messages", {"client_id": cast.ben.id, "content": "let me in"}, status=404)


def test_members_leave_by_themselves(cast):
    cast.ben.delete(f"/api/groups/{cast.den}/members/{cast.ben.id}")
    assert set(roles(cast.ana, cast.den)) == {cast.ana.id, cast.cleo.id}


def test_a_group_keeps_an_owner(cast):
    cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.ana.id}", status=409)
    cast.ana.patch(f"/api/groups/{cast.den}/members/{cast.ana.id}", {"role": "member"}, status=409)
    cast.ben.patch(f"/api/groups/{cast.den}/members/{cast.ben.id}", {"role": "owner"}, status=403)
    cast.ana.patch(f"/api/groups/{cast.den}/members/{cast.ben.id}", {"role": "owner"})
    cast.ana.patch(f"/api/groups/{cast.den}/members/{cast.ana.id}", {"role": "member"})
    assert roles(cast.cleo, cast.den) == {cast.ana.id: "member", cast.ben.id: "owner", cast.cleo.id: "member"}


def test_a_closed_account_owns_nothing_for_the_others(cast):
    cast.ana.patch(f"/api/groups/{cast.den}/members/{cast.ben.id}", {"role": "owner"})
    cast.ana.post(f"/api/users/{cast.ben.id}/deactivation", status=200)
    assert roles(cast.cleo, cast.den)[cast.ben.id] == "owner"
    assert cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.ana.id}", status=409)["code"] == "last_owner"
    assert cast.ana.patch(f"/api/groups/{cast.den}/members/{cast.ana.id}", {"role": "member"}, status=409)["code"] == "last_owner"
    cast.ana.patch(f"/api/groups/{cast.den}/members/{cast.ben.id}", {"role": "member"})
    cast.ana.delete(f"/api/groups/{cast.den}/members/{cast.ben.id}")


def test_who_begins_or_ceases_to_run_the_server_hears_it_and_nobody_else(cast):
    mine, his = cast.ben.cursor(), cast.dan.cursor()
    for role in ("owner", "member"):
        cast.ana.patch(f"/api/groups/{cast.hall}/members/{cast.ben.id}", {"role": role})
        cast.ana.patch(f"/api/groups/{cast.den}/members/{cast.ben.id}", {"role": role})  # of another group: that is no news of oneself
    told = [one["data"]["me"]["is_server_owner"] for one in cast.ben.updates(mine)["events"] if one["kind"] == "me.changed"]
    assert told == [True, False]
    assert set(cast.dan.kinds(his)) == {"member.changed"}


def test_two_owners_who_leave_at_the_same_instant_leave_one_behind(cast, second_app):
    for _ in range(5):
        group = cast.group("pair", cast.ana, cast.ben)
        cast.ana.patch(f"/api/groups/{group}/members/{cast.ben.id}", {"role": "owner"})
        start, answers = threading.Barrier(2), []

        def leave(person, group=group, start=start, answers=answers):
            start.wait()
            answers.append(person.request("DELETE", f"/api/groups/{group}/members/{person.id}").status_code)

        threads = [threading.Thread(target=leave, args=(one,)) for one in (cast.ana, cast.ben.at(second_app))]
        [one.start() for one in threads]
        [one.join() for one in threads]
        assert sorted(answers) == [204, 409]


def test_members_are_paged_by_name(cast):
    first = cast.dan.get(f"/api/groups/{cast.hall}/members?limit=3")
    assert [one["user"]["name"] for one in first["members"]] == ["Ana Sousa", "Ben Okoro", "Cleo Marsh"] and first["more"]
    rest = cast.dan.get(f"/api/groups/{cast.hall}/members?limit=3&after={cast.cleo.id}")
    assert [one["user"]["name"] for one in rest["members"]] == ["Dan Weiss"] and not rest["more"]
    assert cast.dan.get(f"/api/groups/{cast.hall}/members?limit=3&after={cast.cleo.id.upper()}") == rest
    cast.dan.get(f"/api/groups/{cast.hall}/members?after=nobody", status=404)
