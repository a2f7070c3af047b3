from friends import Network


def test_friendship_is_mutual():
    people = Network()
    people.connect("ann", "bob")
    assert people.friends("ann") == ["bob"]
    assert people.friends("bob") == ["ann"]


def test_friends_are_sorted_and_listed_once():
    people = Network()
    people.connect("ann", "eve")
    people.connect("ann", "bob")
    people.connect("bob", "ann")
    assert people.friends("ann") == ["bob", "eve"]
    assert people.friends("nobody") == []


def test_common_friends():
    people = Network()
    people.connect("ann", "eve")
    people.connect("bob", "eve")
    people.connect("bob", "dan")
    assert people.common("ann", "bob") == ["eve"]


def test_suggestions_are_friends_of_friends():
    people = Network()
    people.connect("ann", "bob")
    people.connect("bob", "dan")
    people.connect("dan", "zoe")
    assert people.suggestions("ann") == ["dan"]
