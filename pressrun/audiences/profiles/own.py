"""Our own columns, and any table that names its columns in a way that cannot be mistaken.

Signs of other services by which a person must not be mailed are obeyed here too: a table that is not
recognised must never turn an opt-out into a subscriber.
"""

from pressrun.audiences.profile import Profile

PROFILE = Profile(
    source="own",
    title="own columns",
    status=("status", "subscriber_type"),
    name=("name", "full_name", "fullname", "display_name"),
    first_name=("first_name", "firstname", "fname", "given_name", "vorname", "prénom", "prenom", "nombre"),
    last_name=("last_name", "lastname", "lname", "surname", "family_name", "nachname", "familienname", "apellidos"),
    perhaps_status=(
        "state",
        "email_status",
        "mail_status",
        "subscription_status",
        "subscriber_status",
        "newsletter_status",
        "subscription",
        "zustand",
    ),
    yes_means={
        "email_disabled": "unsubscribed",
        "email_blacklisted": "unsubscribed",
        "unsubscribed": "unsubscribed",
        "opted_out": "unsubscribed",
        "opt_out": "unsubscribed",
        "bounced": "bounced",
        "complained": "complained",
    },
    no_means={
        "subscribed_to_emails": "unsubscribed",
        "opted_in": "unsubscribed",
        "confirmed": "unconfirmed",
    },
    filled_means={
        "unsubscribed_at": "unsubscribed",
        "unsubscription_date": "unsubscribed",
        "unsub_time": "unsubscribed",
        "bounced_at": "bounced",
        "clean_time": "bounced",
        "complained_at": "complained",
        "deleted_at": "blocked",
    },
    consented=("consented_at", "confirmed_at", "confirm_time", "optin_time", "opted_in_at"),
    subscribed=(
        "subscribed_at",
        "subscription_date_substack",
        "subscription_date",
        "created_at",
        "creation_date",
        "joined",
        "date_added",
        "added_time",
        "signup_date",
        "sign_up_date",
        "signed_up_at",
        "registered_at",
        "anmeldedatum",
    ),
    changed=("updated_at", "modified_time", "last_changed"),
    tags=("tags", "labels"),
    left_out=frozenset({"ip_address", "optin_ip", "confirm_ip"}),
)
