from collections import OrderedDict

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)

input_size, hidden_sizes, output_size = 49, [32, 16], 10

model = nn.Sequential(OrderedDict([
    ("fc1", nn.Linear(input_size, hidden_sizes[0])),
    ("relu1", nn.ReLU()),
    ("fc2", nn.Linear(hidden_sizes[0], hidden_sizes[1])),
    ("relu2", nn.ReLU()),
    ("logits", nn.Linear(hidden_sizes[1], output_size)),
    ("softmax", nn.Softmax(dim=1)),
]))

prototypes = torch.rand(output_size, input_size)
labels = torch.randint(0, output_size, (500,))
images = prototypes[labels] + 0.1 * torch.randn(500, input_size)
trainloader = DataLoader(TensorDataset(images, labels), batch_size=50, shuffle=True)

criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.005)

for epoch in range(8):
    running_loss = 0.0
    hits = 0
    for x, y in trainloader:
        optimizer.zero_grad()
        y_hat = model.forward(x)
        loss = criterion(y_hat, y)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
        hits += (y_hat.max(1)[1] == y).sum().item()
    print(f"{epoch}: {running_loss / len(trainloader):.4f} {hits / 500:.3f}")
