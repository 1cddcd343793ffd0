"""What tokens are made of, and what is kept of them (SEC-4)."""

from __future__ import annotations

import doctest

from stocktake.access import token

CHANCE = bytes(range(32))


def test_the_examples_hold():
    outcome = doctest.testmod(token)
    assert (outcome.failed, outcome.attempted > 2) == (0, True)


def test_what_is_kept_of_a_token_does_not_hold_it():
    text = token.api_token(CHANCE)
    assert text.encode() not in token.token_hash(text)
    assert len(token.token_hash(text)) == 32
    assert token.token_hash(text) != token.token_hash(token.api_token(CHANCE[::-1]))


def test_another_token_of_the_same_session_shows_the_same_in_forms():
    """SEC-4: a form that was opened before a renewal can still be sent."""
    lasting = token.lasting_part(CHANCE[:16])
    first, second = token.session_token(CHANCE, lasting), token.session_token(CHANCE[::-1], lasting)
    other = token.session_token(CHANCE, token.lasting_part(CHANCE[16:]))
    assert first != second
    assert token.csrf_of(first) == token.csrf_of(second) != token.csrf_of(other)
    assert lasting not in token.csrf_of(first)


def test_a_session_token_is_no_api_token_and_the_other_way_round():
    session = token.session_token(CHANCE, token.lasting_part(CHANCE[:16]))
    assert not token.is_api_token(session)
    assert token.lasting_of(token.api_token(CHANCE)) is None
    assert token.lasting_of(session + "\n") is None
    assert not token.is_api_token(token.api_token(CHANCE) + "\n")
