"""The demonstration: a fictional city (whole_city.py), and the page by which its visitors sign in."""
