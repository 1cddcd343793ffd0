"""What requests may say: texts that a database can hold, numbers that it can count to, pages (INT-1)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from stocktake.book import Book
from stocktake.interfaces.page import Page

LARGEST_ID = 2**63 - 1
LARGEST_PAGE = 10_000_000


def storable(text: str) -> str:
    """A text that every database can hold. Raises ``ValueError`` for one with a NUL or half a character."""
    if "\x00" in text or any("\ud800" <= each <= "\udfff" for each in text):
        raise ValueError("holds a NUL or half a character, which no text may hold")
    return text


Text = Annotated[str, StringConstraints(max_length=1_000), AfterValidator(storable)]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]

RunId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The run's number.", examples=[3])]
RecordId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The record's number.", examples=[17])]
TypeName = Annotated[Text, Path(description="The record type.", examples=["device"])]
Name = Annotated[Text, Path(description="What it is called.", examples=["NINJAONE"])]


class Asked(BaseModel):
    """What a query may say; anything else is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PageAsked(Asked):
    """Which page of a list; a larger ``page_size`` than 200 is answered with 200, and the reply states it (INT-1)."""

    page: int = Field(default=1, ge=1, le=LARGEST_PAGE, description="Which page, from 1.")
    page_size: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="Rows on a page; 200 at most.")

    @property
    def wanted(self) -> Page:
        """The page as every face knows it."""
        return Page(page=self.page, page_size=self.page_size)


PageQuery = Annotated[PageAsked, Query()]


class Told(BaseModel):
    """What a body may say, strictly: no other names, no texts that stand for numbers."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, told: Any) -> Any:
        _check_storable(told)
        return told


class NothingMore(Told):
    """An empty body: there is nothing to choose."""


def _check_storable(told: Any) -> None:
    if isinstance(told, str):
        storable(told)
    elif isinstance(told, dict):
        for name, value in told.items():
            _check_storable(name)
            _check_storable(value)
    elif isinstance(told, list):
        for each in told:
            _check_storable(each)
    elif isinstance(told, int) and abs(told) > LARGEST_ID:
        raise ValueError("holds a number that is too large")


def _book(request: Request) -> Book:
    """The book of the workspace in the address, opened at the door."""
    found: Book = request.state.book
    return found


OpenBook = Annotated[Book, Depends(_book)]
