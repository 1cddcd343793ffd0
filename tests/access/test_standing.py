"""A token never lets its user do more (SEC-3, SEC-4)."""

from __future__ import annotations

import doctest
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from stocktake.access import naming, standing
from stocktake.access.right import Right, may
from stocktake.access.standing import narrowed
from stocktake.model.person import ApiToken, Principal, Role

AT = datetime(2026, 11, 2, tzinfo=UTC)
WORKSPACES = (1, 2, 3)

principals = st.builds(
    Principal,
    name=st.just("ana"),
    roles=st.dictionaries(st.sampled_from(WORKSPACES), st.sampled_from(Role)),
    is_platform_admin=st.booleans(),
    user_id=st.just(7),
)
tokens = st.builds(
    ApiToken,
    token_id=st.just(5),
    user_id=st.just(7),
    email=st.just("ana"),
    name=st.just("nightly"),
    workspace_id=st.none() | st.sampled_from((*WORKSPACES, 9)),
    workspace=st.none(),
    role=st.none() | st.sampled_from(Role),
    created_at=st.just(AT),
    expires_at=st.just(AT),
)


def test_the_examples_hold():
    for module in (standing, naming):
        assert doctest.testmod(module).failed == 0


@given(principals, tokens)
def test_a_token_never_gives_a_right_that_its_user_lacks(principal: Principal, token: ApiToken):
    came = narrowed(principal, token, WORKSPACES)
    for workspace_id in (*WORKSPACES, 9, 0):
        for right in Right:
            if may(came, workspace_id, right):
                assert may(principal, workspace_id, right)


@given(principals, tokens)
def test_a_token_holds_in_its_workspace_and_up_to_its_role_only(principal: Principal, token: ApiToken):
    came = narrowed(principal, token, WORKSPACES)
    if token.workspace_id is not None:
        assert set(came.roles) <= {token.workspace_id}
    if token.workspace_id is not None or token.role is not None:
        assert not may(came, 0, Right.PLATFORM)
    if token.role is Role.VIEWER:
        assert not any(may(came, each, Right.IMPORT) for each in WORKSPACES)


@given(principals, tokens)
def test_a_token_without_bounds_leaves_everything_as_it_is(principal: Principal, token: ApiToken):
    if token.workspace_id is None and token.role is None:
        came = narrowed(principal, token, WORKSPACES)
        held = [
            [(each, right) for each in WORKSPACES for right in Right if may(who, each, right)]
            for who in (principal, came)
        ]
        assert held[0] == held[1]
        assert (came.name, came.user_id, came.token_id) == ("ana (token nightly)", 7, 5)
