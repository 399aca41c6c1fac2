# Small parts of many pages.
parts-choose = Choose one
parts-fails = Does not hold
parts-holds = Holds
parts-kept-words = What you had written
parts-left = { $span } left
parts-left-little = Due very soon: { $span } left
parts-left-some = Due soon: { $span } left
parts-no = No
parts-overdue = Overdue by { $span }
parts-yes = Yes
