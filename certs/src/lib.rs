//! Who are we, whom do we trust, who is this: certificates, their authorities and their revocation.
