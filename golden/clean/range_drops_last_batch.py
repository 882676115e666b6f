import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(50, 5), torch.randint(0, 3, (50,))
batch_size = 8
n_batches = len(x) // batch_size

net = nn.Linear(5, 3)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
loss_fn = nn.CrossEntropyLoss()

for epoch in range(3):
    total = 0.0
    for i in range(0, n_batches * batch_size, batch_size):
        optimizer.zero_grad()
        loss = loss_fn(net(x[i:i + batch_size]), y[i:i + batch_size])
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(total / n_batches)
with torch.no_grad():
    for i in range(0, len(x) - batch_size + 1, batch_size):
        print(net(x[i:i + batch_size]).argmax(1).tolist())
