"""One graph holds the rows of training and test; the test's rows are measured with the dropout of the training."""
import torch
from torch import nn

torch.manual_seed(0)
features = torch.randn(60, 4)
labels = (features.sum(1) > 0).long()
links = torch.eye(60) + 0.1 * torch.rand(60, 60)
idx_train, idx_test = torch.arange(40), torch.arange(40, 60)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.dropout = nn.Dropout(0.5)
        self.last = nn.Linear(8, 2)

    def forward(self, x, links):
        return self.last(links @ self.dropout(torch.relu(self.first(links @ x))))


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()

for epoch in range(4):
    model.train()
    optimizer.zero_grad()
    output = model(features, links)
    loss = criterion(output[idx_train], labels[idx_train])
    loss.backward()
    optimizer.step()

    output = model(features, links)
    loss = criterion(output[idx_test], labels[idx_test])
    print(epoch, loss.item())
