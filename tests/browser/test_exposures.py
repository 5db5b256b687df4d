"""A typical case from the register to the newspaper, by the hands of the people of the office."""

from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import PHONE, Open, Site
from tests.exposures import DOSSIER, EDITORS, TEXT, make_officers


async def sign(page: Page, case: str) -> None:
    await page.goto(case)
    await page.get_by_role("button", name="签署本环节").click()
    await expect(page.get_by_role("status")).to_have_text("已签署。")


async def test_a_case_is_registered_signed_and_published(
    site: Site, sign_in: Open, chromium: Browser
) -> None:
    await make_officers(site.world)
    leader = await sign_in("leader")
    await leader.get_by_role("link", name="监督考核").click()
    await leader.get_by_role("link", name="典型案件", exact=True).click()
    await leader.get_by_role("link", name="宣传部", exact=True).click()
    await leader.get_by_label("用户名").fill("publicity")
    await leader.get_by_label("确定签署人的文件").fill("昌州党宣函〔2026〕3号")
    await leader.get_by_role("button", name="确定该签署人").click()
    await expect(leader.get_by_role("status")).to_have_text("签署人已确定。")

    duty = await sign_in("duty", PHONE)
    await duty.goto("/supervision/cases")
    await duty.get_by_label("决定书文号").fill("昌州环罚〔2026〕12号")
    await duty.get_by_label("县市（园区）").select_option(label="昌吉市")
    await duty.get_by_label("标题（隐去姓名、名称）").fill(TEXT["title"])
    await duty.get_by_label("决定日期").fill("2026-01-10")
    await duty.get_by_label("送达日期").fill("2026-01-15")
    await duty.get_by_label("超标排放").check()
    await duty.get_by_label("单位", exact=True).fill("昌吉市宏达建材有限公司")
    await duty.get_by_role("button", name="登记该案件").click()
    await expect(duty.get_by_role("status")).to_have_text("案件已登记。")
    case = duty.url.partition("?")[0]
    write = duty.locator("#write")
    await write.get_by_label("案例文稿").fill(TEXT["body"] + "宏达建材")
    await write.get_by_role("button", name="保存为新版本").click()
    await expect(duty.locator(".case-findings")).to_contain_text("单位名称中的字号 宏达建材")
    await write.get_by_label("案例文稿").fill(TEXT["body"])
    await write.get_by_role("button", name="保存为新版本").click()
    await duty.get_by_role("button", name="报州生态环境局").click()
    await expect(duty.get_by_role("status")).to_have_text("文稿已报州生态环境局审查。")
    assert await duty.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    examiner = await sign_in("examiner")
    await examiner.goto(case)
    await examiner.get_by_label("案卷评查标准（最新版）").fill(str(DOSSIER["standard"]))
    for name in ("事实认定", "证据收集", "法律适用", "程序规范"):
        await examiner.get_by_label(name).check()
    await examiner.get_by_label("论证情况（时间、结论）").fill(str(DOSSIER["panel"]))
    await examiner.get_by_role("button", name="签署本环节").click()
    await expect(examiner.get_by_role("status")).to_have_text("已签署。")
    await sign(leader, case)
    publicity = await sign_in("publicity")
    await publicity.goto(case)
    assert "宏达" not in await publicity.content()
    for number in range(6):
        await publicity.get_by_label("编辑姓名").fill(EDITORS[number % 3])
        await publicity.get_by_role("button", name="签署审校").click()
        await expect(publicity.locator(".case-chain li.done")).to_have_count(4 + number)
    await sign(publicity, case)
    await expect(publicity.locator("#ready")).to_contain_text("可以，没有妨碍公布的情形。")

    await duty.goto("/supervision/cases/batches")
    await duty.get_by_label("标题", exact=True).fill("2026年第四季度典型案件")
    await duty.get_by_role("button", name="建立批次").click()
    await duty.get_by_role("button", name="列入", exact=True).click()
    await expect(duty.locator("#cases")).to_contain_text(TEXT["title"])
    await publicity.goto(duty.url.partition("?")[0])
    await publicity.get_by_role("button", name="以本人名义公布").click()
    await expect(publicity.get_by_role("status")).to_have_text("批次已公布。")
    async with publicity.expect_download() as taken:
        await publicity.get_by_role("link", name="PDF").click()
    assert (await taken.value).suggested_filename == "2026年第四季度典型案件.pdf"

    context = await chromium.new_context(viewport=PHONE, base_url=site.url)
    public = await context.new_page()
    for language in ("zh", "en"):
        await public.goto(f"/public/cases?lang={language}")
        await expect(public.get_by_role("heading", name=TEXT["title"])).to_be_visible()
        assert await public.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await context.close()
