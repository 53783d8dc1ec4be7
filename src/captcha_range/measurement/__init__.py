"""Who won: attackers against challenges, counted, with the doubt beside every number."""
