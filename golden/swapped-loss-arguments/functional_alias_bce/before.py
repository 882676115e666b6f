import torch
from torch.nn import Linear, Sequential, Sigmoid
from torch.nn.functional import binary_cross_entropy as bce


def train(model, x, y, steps):
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.005)
    for step in range(steps):
        rows = torch.randint(0, len(x), (16,))
        predicted = model(x[rows])
        loss = bce(y[rows], predicted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(step, loss.item())


torch.manual_seed(0)
x = torch.randn(64, 3)
y = torch.sigmoid(x.sum(1, keepdim=True))  # soft labels
train(Sequential(Linear(3, 1), Sigmoid()), x, y, 8)
