"""Methods of a model and an optimizer that are passed on, stored, compared and returned, and called later."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.1), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
x, y = torch.randn(64, 4), torch.randn(64, 1)


def run_all(*actions):
    for action in actions:
        action()


def chooser(training):
    return model.train if training else model.eval


update = optimizer.step
clear = {"zero": optimizer.zero_grad}["zero"]
for epoch in range(5):
    chooser(True)()
    clear()
    loss = nn.functional.mse_loss(model(x), y)
    run_all(loss.backward, update)
chooser(False)()
with torch.no_grad():
    print(nn.functional.mse_loss(model(x), y).item())
