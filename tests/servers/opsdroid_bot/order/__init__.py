"""A skill of opsdroid that knows orders and nothing else."""
from opsdroid.matchers import match_regex
from opsdroid.skill import Skill


class Order(Skill):
    @match_regex(r".*\border\b.*", case_sensitive=False)
    async def order(self, message):
        await message.respond("Your order was sent on Monday.")
