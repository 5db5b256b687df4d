"""A superseded paper leads to its successor, and the new one to what it took the place of, on page and file."""

from io import BytesIO

import docx
from pypdf import PdfReader

from app.database import transaction
from models.enums import PaperKind
from models.issued import IssuedPaper
from supervision.papers import papers
from tests.api.browsing import Browser, visible
from tests.api.test_office_papers import drafted
from tests.factories import World


async def issued(world: World) -> tuple[int, str]:
    paper = await drafted(world, PaperKind.BRIEF)
    async with transaction(world.sessions) as session:
        row = await session.get_one(IssuedPaper, paper)
        done = await papers.issue(
            session, paper, seen=row.digest, by=world.people["leader"].id, now=world.clock.now()
        )
    return paper, done.number


async def test_each_of_two_papers_names_the_other(browser: Browser, world: World) -> None:
    first, one = await issued(world)
    duty = browser("duty")
    assert 'id="after"' not in (await duty.get(f"/supervision/papers/{first}")).text
    world.clock.advance(seconds=60)
    second, other = await issued(world)
    old = await duty.get(f"/supervision/papers/{first}")
    new = await duty.get(f"/supervision/papers/{second}")
    assert f'href="/supervision/papers/{second}">{other}' in old.text
    assert f'href="/supervision/papers/{first}">{one}' in new.text
    assert 'id="before"' not in old.text
    assert "已由其替代" in visible(old.text)
    pdf = await duty.get(f"/supervision/papers/{first}/file.pdf")
    assert f"已由{other}替代" in PdfReader(BytesIO(pdf.content)).pages[0].extract_text()
    word = docx.Document(BytesIO((await duty.get(f"/supervision/papers/{second}/file.docx")).content))
    assert f"（替代{one}）" in [paragraph.text for paragraph in word.paragraphs]
