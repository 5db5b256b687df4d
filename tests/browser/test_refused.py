"""A form that is refused: where the focus is then, and what a screen reader is told."""

from playwright.async_api import expect

from tests.browser.conftest import Open, Site
from tests.factories import PASSWORD


async def test_whoever_is_refused_stands_at_the_wrong_field(site: Site, sign_in: Open) -> None:
    order = await site.world.order()
    page = await sign_in("supervisor")
    await page.goto(f"/orders/{order}")
    await page.locator("summary", has_text="移交").click()
    form = page.locator("form[action$='/ask_transfer']")
    await form.locator("[name=grid]").select_option(index=1)
    reason = form.locator("[name=reason]")
    await reason.fill("   ")
    await reason.evaluate("(field) => { field.required = false; }")
    await form.get_by_role("button").click()
    message = page.locator("#message")
    await expect(message).to_contain_text("请填写")
    await expect(reason).to_be_focused()
    await expect(reason).to_have_attribute("aria-invalid", "true")
    await expect(reason).to_have_attribute("aria-describedby", "message")


async def test_where_no_field_is_wrong_the_message_has_the_focus(site: Site, sign_in: Open) -> None:
    page = await sign_in("supervisor")
    # The board that is left open would find itself signed out, and go to the sign-in too.
    await page.goto("about:blank")
    await page.context.clear_cookies()
    await page.goto("/login")
    await page.get_by_label("用户名").fill("supervisor")
    await page.get_by_label("密码").fill(PASSWORD + "x")
    await page.get_by_role("button", name="登录").click()
    await expect(page.locator(".banner.bad[role=alert]").last).to_be_focused()
