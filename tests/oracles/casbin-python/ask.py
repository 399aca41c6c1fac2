"""Puts questions to Casbin's Python implementation over a published policy.

    ask.py model.conf policy.csv questions

Each line of `questions` is a JSON list of the words of one request. The answer to each is a line
`true` or `false`, in the same order; the first line says how many rows were loaded.
"""

import json
import sys

import casbin


def any_of(value, cell):
    return cell == "*" or value in cell.split("|")


def at_most(level, upto):
    level, upto = level[:1], upto[:1]
    return level in "01234" and upto in "01234" and "" not in (level, upto) and level <= upto


def main(model, policy, questions):
    enforcer = casbin.Enforcer(model, policy)
    enforcer.add_function("anyOf", any_of)
    enforcer.add_function("atMost", at_most)
    answers = [str(len(enforcer.get_policy()))]
    with open(questions, encoding="ascii") as lines:
        for line in lines:
            answers.append("true" if enforcer.enforce(*json.loads(line)) else "false")
    print("\n".join(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
