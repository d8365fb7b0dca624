"""Rows and their status tables, one subject per file."""

from app.models.account import Account, ApiToken, IdempotencyKey, Role
from app.models.alert import Alert
from app.models.announcement import Announcement
from app.models.application import APPLICATION_TRANSITIONS, Application, ApplicationState
from app.models.appointment import APPOINTMENT_TRANSITIONS, SEEKING, Appointment, AppointmentStatus, Reporter
from app.models.asked_run import RUN_LEASE, AskedRun
from app.models.assignment import Assignment, AssignmentState
from app.models.base import Base, BetweenPools, PoolOwned
from app.models.clearance_notice import ClearanceNotice
from app.models.device import HOLDS_DEVICE, LOAN_TRANSITIONS, DeviceLoan, LoanState, TranslationDevice
from app.models.event import ActorKind, Event
from app.models.fallback import RUNGS, FallbackStep, Rung, StepState
from app.models.forecast_run import FORECAST_LEASE, ForecastRun
from app.models.guesses import Guesses
from app.models.house import House, HouseFile, Street
from app.models.installation import Installation
from app.models.lending import (
    AGREEMENT_TRANSITIONS,
    STANDING,
    AgreementState,
    BorrowedSeat,
    Lending,
    LendingAgreement,
    LendingState,
)
from app.models.link import Link, LinkKind
from app.models.manual_step import ManualStep, StepKind
from app.models.mediator import (
    CLEARANCES,
    GENDERS,
    LEVELS,
    MODES,
    WEEKDAYS,
    Absence,
    Availability,
    Consent,
    Exclusion,
    Mediator,
    MediatorStatus,
    Skill,
    absent_until,
    with_details,
    with_what_is_planned_by,
)
from app.models.message import MESSAGE_TRANSITIONS, UNFINISHED, Channel, InboundMessage, Message, MessageStatus
from app.models.offer import OFFER_TRANSITIONS, Offer, OfferStatus, Withdrawal
from app.models.organisation import Organisation, Site
from app.models.plan_run import PLAN_RUN_TRANSITIONS, PlanPhase, PlanRun, PlanRunStatus
from app.models.pool import Pool
from app.models.reported_gap import GapCategory, GapStatus, ReportedGap
from app.models.request_door import DoorLinkKind, RequestDoor, UnconfirmedRequest
from app.models.request_template import RequestTemplate
from app.models.requester_link import RequesterLink, RequesterLinkKind
from app.models.series import Continuity, JointDate, Series
from app.models.table_import import TableImport
from app.models.thanks import MOST_THANKS, THANKS, Thanks
from app.models.what_if_run import WhatIfRun
from app.models.worker import DEAD_AFTER, Heartbeat

__all__ = [
    "AGREEMENT_TRANSITIONS",
    "APPLICATION_TRANSITIONS",
    "APPOINTMENT_TRANSITIONS",
    "CLEARANCES",
    "DEAD_AFTER",
    "FORECAST_LEASE",
    "GENDERS",
    "HOLDS_DEVICE",
    "LEVELS",
    "LOAN_TRANSITIONS",
    "MESSAGE_TRANSITIONS",
    "MODES",
    "MOST_THANKS",
    "OFFER_TRANSITIONS",
    "PLAN_RUN_TRANSITIONS",
    "RUNGS",
    "RUN_LEASE",
    "SEEKING",
    "STANDING",
    "THANKS",
    "UNFINISHED",
    "WEEKDAYS",
    "Absence",
    "Account",
    "ActorKind",
    "AgreementState",
    "Alert",
    "Announcement",
    "ApiToken",
    "Application",
    "ApplicationState",
    "Appointment",
    "AppointmentStatus",
    "AskedRun",
    "Assignment",
    "AssignmentState",
    "Availability",
    "Base",
    "BetweenPools",
    "BorrowedSeat",
    "Channel",
    "ClearanceNotice",
    "Consent",
    "Continuity",
    "DeviceLoan",
    "DoorLinkKind",
    "Event",
    "Exclusion",
    "FallbackStep",
    "ForecastRun",
    "GapCategory",
    "GapStatus",
    "Guesses",
    "Heartbeat",
    "House",
    "HouseFile",
    "IdempotencyKey",
    "InboundMessage",
    "Installation",
    "JointDate",
    "Lending",
    "LendingAgreement",
    "LendingState",
    "Link",
    "LinkKind",
    "LoanState",
    "ManualStep",
    "Mediator",
    "MediatorStatus",
    "Message",
    "MessageStatus",
    "Offer",
    "OfferStatus",
    "Organisation",
    "PlanPhase",
    "PlanRun",
    "PlanRunStatus",
    "Pool",
    "PoolOwned",
    "ReportedGap",
    "Reporter",
    "RequestDoor",
    "RequestTemplate",
    "RequesterLink",
    "RequesterLinkKind",
    "Role",
    "Rung",
    "Series",
    "Site",
    "Skill",
    "StepKind",
    "StepState",
    "Street",
    "TableImport",
    "Thanks",
    "TranslationDevice",
    "UnconfirmedRequest",
    "WhatIfRun",
    "Withdrawal",
    "absent_until",
    "with_details",
    "with_what_is_planned_by",
]
