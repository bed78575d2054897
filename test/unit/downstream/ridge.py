"""Reference numbers of ridge.test.ts, with scikit-learn: python test/unit/downstream/ridge.py"""

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

for n, d in [(12, 4), (5, 8)]:
    x = np.array([[np.float32(np.sin(1 + i * (k + 2)) + 0.1 * k) for k in range(d)] for i in range(n)], float)
    y = np.array([3 + 2 * x[i, 0] - x[i, 1] + np.cos(i) for i in range(n)])
    mean = x.mean(0)
    scale = 1 / np.sqrt(((x - mean) ** 2).mean())
    ridge = Ridge(alpha=1.0).fit((x - mean) * scale, y)
    new = np.array([[np.float32(np.sin(7 + i * (k + 3))) for k in range(d)] for i in range(3)], float)
    told = ridge.predict((x - mean) * scale)
    print(n, d, ridge.predict((new - mean) * scale), r2_score(y, told), np.sqrt(((y - told) ** 2).mean()))
