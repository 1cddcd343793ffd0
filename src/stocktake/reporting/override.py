"""What an operator decided for an import, in sentences for the audit (PLN-8, PRE-12, PRE-13)."""

from __future__ import annotations

from stocktake.model.plan import Plan
from stocktake.reporting.sentence import plural

#: So many of the lines or cells that an operator wrote about are named.
NAMED = 10


def overrides(plan: Plan, *, by: str) -> list[str]:
    """A sentence per kind of decision that the plan went by; none where it went by the rules alone."""
    options, told = plan.options, plan.options.overrides
    file, source = plan.file.name, plan.source.name
    allowed = options.allow_retire
    said = {
        f"{by} allowed {file} up to {plural(allowed or 0, 'retirement')}.": allowed is not None,
        f"{by} said that what {file} retires is usual for {source}.": options.accept_baseline,
        f"{by} took every value of {file} again, whatever has been written since.": options.refresh,
        f"{by} left out {plural(len(told.skip_lines), 'row')} of {file}: {_lines(told.skip_lines)}.": bool(
            told.skip_lines
        ),
        f"{by} wrote {plural(len(told.edits), 'cell')} of {file} anew: {_edits(plan)}.": bool(told.edits),
        f"{by} gave words of {file} a meaning: {_words(plan)}.": bool(told.values),
        f"{by} settled {plural(len(told.rulings), 'conflict')} of {file}: {_rulings(plan)}.": bool(
            told.rulings
        ),
        f"{by} let {file} bring back {plural(len(options.reactivate), 'record')} that people had retired: "
        f"{_listed([str(each) for each in options.reactivate])}.": bool(options.reactivate),
        f"{by} confirmed that records of {source} go by a new external id: {_rekeyed(plan)}.": bool(
            options.rekey or options.rekey_all
        ),
    }
    return [sentence for sentence, holds in said.items() if holds]


def _lines(lines: tuple[int, ...]) -> str:
    word = "line" if len(lines) == 1 else "lines"
    return f"{word} {_listed([str(each) for each in lines])}"


def _edits(plan: Plan) -> str:
    return _listed(
        [f'line {each.line}, {each.column}: "{each.value}"' for each in plan.options.overrides.edits]
    )


def _words(plan: Plan) -> str:
    return _listed(
        [
            f'{field}: "{word}" is "{meaning}"'
            for field, words in plan.options.overrides.values
            for word, meaning in words
        ]
    )


def _rulings(plan: Plan) -> str:
    title = plan.record_type.title.lower()
    return _listed(
        [
            f'"{each.row}" is {f"{title} {each.record_id}" if each.record_id else f"a new {title}"}'
            for each in plan.options.overrides.rulings
        ]
    )


def _rekeyed(plan: Plan) -> str:
    if plan.options.rekey_all:
        return "all that look like it"
    return f"{plan.record_type.name} {_listed([str(each) for each in plan.options.rekey])}"


def _listed(words: list[str]) -> str:
    more = len(words) - NAMED
    return ", ".join(words[:NAMED]) + (f" and {more:,} more" if more > 0 else "")
