# Small parts of many pages. Machine draft.
parts-choose = Dewiswch un
parts-fails = Ddim yn dal
parts-holds = Yn dal
parts-kept-words = Yr hyn yr oeddech wedi ei ysgrifennu
parts-left = { $span } ar ôl
parts-left-little = Angen yn fuan iawn: { $span } ar ôl
parts-left-some = Angen yn fuan: { $span } ar ôl
parts-no = Nac ydy
parts-overdue = { $span } yn hwyr
parts-yes = Ydy
