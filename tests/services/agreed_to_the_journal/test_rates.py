"""By the hour: whose rate it is, and from which day."""

from __future__ import annotations

from datetime import timedelta

from lexapp.domain.agreements import Hourly, HourlyRate
from lexapp.domain.rate_cards import Assignment
from lexapp.services.card_assignments import give_card
from lexapp.services.rate_cards import NewCard, create_card
from lexapp.services.rate_increases import Increase, plan_increase, raise_rates
from lexapp.services.rates import NewRate, add_rate
from tests.engagements import JULY, Engagement
from tests.factories import OPENED


def test_class_rates(letter: Engagement) -> None:
    """“Partners at 450.00 an hour, associates at 275.50.”"""
    letter.agree(Hourly((HourlyRate("PARTNR", 450_00), HourlyRate("ASSOC", 275_50))))
    letter.work(2.5)
    letter.work(1.2, letter.associate)
    assert letter.bill() == {"Castellane Shipping": 1_125_00 + 330_60}
    assert letter.books() == {"receivable": 1_455_60, "fee_income": -1_455_60}


def test_a_blended_rate(letter: Engagement) -> None:
    """“All time at a blended rate of 333.33 an hour.” 1.1 hours are 366.663: each line is rounded once."""
    letter.agree(Hourly((HourlyRate("", 333_33),)))
    letter.work(1.1)
    letter.work(1.1, letter.associate)
    assert letter.bill() == {"Castellane Shipping": 366_66 * 2}
    assert letter.books() == {"receivable": 733_32, "fee_income": -733_32}


def test_an_activity_rate(letter: Engagement) -> None:
    """“Travel is charged at 150.00 an hour”, for whoever travels; all else at the usual rates."""
    add_rate(rate=NewRate(rate_minor_per_hour=150_00, effective_from=OPENED, activity_code="A112"), **letter.acting)
    letter.work(3, activity_code="A112")
    letter.work(1, activity_code="A103")
    assert letter.bill() == {"Castellane Shipping": 450_00 + 500_00}
    assert letter.books() == {"receivable": 950_00, "fee_income": -950_00}


def test_a_rate_card_of_the_client(letter: Engagement) -> None:
    """“Panel rates: partners 420.00; everybody else ten percent under the usual rate.”"""
    panel = NewCard(name="Panel 2026", effective_from=OPENED, class_rates=(("PARTNR", 420_00),), change_hundredths=-1_000)
    card_id = create_card(card=panel, **letter.acting).id
    give_card(assignment=Assignment(card_id=card_id, client_id=letter.client_id, effective_from=OPENED), **letter.acting)
    letter.work(1)
    letter.work(1, letter.associate)
    assert letter.bill() == {"Castellane Shipping": 420_00 + 270_00}
    assert letter.books() == {"receivable": 690_00, "fee_income": -690_00}


def test_rates_of_the_client_and_of_one_matter(letter: Engagement) -> None:
    """“Ms. Voss at 480.00 on all matters, at 400.00 on the port’s.”"""
    for minor, whose in ((480_00, {"client_id": letter.client_id}), (400_00, {"matter_id": letter.matter_id})):
        rate = NewRate(rate_minor_per_hour=minor, effective_from=OPENED, timekeeper_id=letter.partner.id, **whose)
        add_rate(rate=rate, **letter.acting)
    other = letter.new_matter("Lease")
    letter.work(1)
    other.work(1)
    assert letter.bill() == {"Castellane Shipping": 400_00}
    assert other.bill() == {"Castellane Shipping": 480_00}
    assert letter.books() == {"receivable": 880_00, "fee_income": -880_00}


def test_a_future_increase(letter: Engagement) -> None:
    """“Rates rise by 4.5 % on July 1, rounded to whole fives”: 500.00 becomes 525.00 (522.50), 300.00 becomes 315.00 (313.50)."""
    increase = Increase(change_hundredths=450, effective_from=JULY, step_minor=500)
    plan = plan_increase(letter.session, actor=letter.world.owner, increase=increase)
    raise_rates(increase=increase, rates=len(plan.raised), total_minor=plan.total_minor, **letter.acting)
    assert sorted(one.new_minor for one in plan.raised) == [315_00, 525_00]
    for on in (JULY - timedelta(days=1), JULY):
        letter.work(1, on=on)
        letter.work(1, letter.associate, on)
    assert letter.bill() == {"Castellane Shipping": 500_00 + 300_00 + 525_00 + 315_00}
    assert letter.books() == {"receivable": 1_640_00, "fee_income": -1_640_00}
